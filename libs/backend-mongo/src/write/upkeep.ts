import { pieces } from '#backend';
import type { Database } from '../connection/database.js';
import type { Layout, RelationLayout, TypeLayout } from '../layout/layout.js';
import type { ElementDocument } from '../mongo.document.js';
import type { MongoNotice } from '../mongo.options.js';
import { Elements } from '../read/elements.js';

/** Elements whose holder is, or may turn out to be, gone. */
export interface RemovedDocument {
  readonly _id: string;
  /** Collection of the elements, and of their holders. */
  readonly elements: string;
  readonly holders: string;
  readonly id: string;
  /** Of the holder that is gone, or that was to be created. */
  readonly seq: number;
  readonly at: Date;
}

/** After this, in ms, nobody still reads a resource as it was, or is still about to create it. */
const GRACE = 120_000;
const EVERY = 30_000;
const BATCH = 5_000;

/** Removes elements that nobody can see any more; every process does, and it may be repeated. */
export class Upkeep {
  private readonly elements: Elements;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly layout: Layout,
    private readonly report: (notice: MongoNotice) => void,
  ) {
    this.elements = new Elements(database);
  }

  start(): void {
    this.timer = setInterval(() => {
      this.running = this.sweep(new Date(Date.now() - GRACE)).catch((cause: unknown) => {
        const message = 'Elements that are gone could not be removed yet.';
        this.report({ kind: 'upkeep', message, cause });
      });
    }, EVERY);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** @param before only what has been so since before then */
  async sweep(before: Date): Promise<void> {
    await this.settle(before);
    for (const type of this.layout.types) {
      for (const relation of type.relations) await this.removeEnded(type, relation, before);
    }
  }

  private async settle(before: Date): Promise<void> {
    const notes = this.database.collection<RemovedDocument>(this.layout.shared.removed);
    const due = await this.database.run(() =>
      notes.find({ at: { $lt: before } }, { limit: 100, ...this.database.options() }).toArray(),
    );
    for (const { _id, elements, holders, id, seq } of due) {
      const type = this.layout.types.find(({ collection }) => collection === holders);
      const moment = type && (await this.elements.moments(type, [id])).get(id);
      const rows = this.database.collection<ElementDocument>(elements);
      await this.database.run(async () => {
        const born = moment?.born ?? Number.MAX_SAFE_INTEGER;
        await rows.deleteMany({ id, since: { $lt: born } }, this.database.options());
        // It was to be created with them, and somebody else was faster.
        if (born !== seq && moment !== undefined) {
          await rows.deleteMany({ id, since: seq, place: { $gte: 0 } }, this.database.options());
        }
        await notes.deleteOne({ _id }, this.database.options());
      });
    }
  }

  /** Those that a holder no longer has: a change that ends them may also not have happened yet. */
  private async removeEnded(
    type: TypeLayout,
    { collection }: RelationLayout,
    before: Date,
  ): Promise<void> {
    const rows = this.database.collection<ElementDocument>(collection);
    const ended = await this.database.run(() =>
      rows.find({ ended: { $lt: before } }, { limit: BATCH, ...this.database.options() }).toArray(),
    );
    const moments = await this.elements.moments(type, [...new Set(ended.map(({ id }) => id))]);
    const gone = ended.filter(({ id, until }) => {
      const moment = moments.get(id);
      return moment === undefined || until <= moment.seq;
    });
    for (const piece of pieces(gone.map(({ _id }) => _id))) {
      await this.database.run(() =>
        rows.deleteMany({ _id: { $in: [...piece] } }, this.database.options()),
      );
    }
  }
}
