import type { mongo } from 'mongoose';
import { NOW } from '../connection/clock.js';
import type { Database } from '../connection/database.js';
import type { MongoQuery } from '../filter/condition.js';
import type { Layout, TypeLayout } from '../layout/layout.js';
import { fingerprint } from '../mongo.mapping.js';

/** How long a service is taken for alive after it last said so, in ms. */
const LEASE = 60_000;

/** The schemas by which documents of a collection were derived. */
interface MarksDocument {
  readonly _id: string;
  /** When services with that schema were first seen, in ms, by fingerprint. */
  readonly seen: Readonly<Record<string, number>>;
}

/** A service, and the schemas it derives by. */
interface InstanceDocument {
  readonly _id: string;
  readonly marks: readonly string[];
  /** Ms. */
  readonly until: number;
}

/**
 * Which schemas are in use on the database. During a roll-out old and new services write at once, and
 * what one derives is nothing to the other: documents of another mark are left to the engine, and the
 * schema that came last derives them anew, as long as a service that has it is alive.
 */
export class Marks {
  private readonly instance = `instance:${crypto.randomUUID()}`;

  constructor(
    private readonly database: Database,
    private readonly layout: Layout,
  ) {}

  /** Says that this service is there, before it writes anything, and again before the lease ends. */
  async register(): Promise<void> {
    for (const type of this.layout.types) {
      const field = `seen.${fingerprint(type)}`;
      await this.database.run(() =>
        this.marks.updateOne(
          { _id: marksId(type) },
          [{ $set: { [field]: { $ifNull: [`$${field}`, NOW] } } }],
          { upsert: true, ...this.database.options() },
        ),
      );
    }
    const marks = this.layout.types.map(fingerprint);
    await this.database.run(() =>
      this.instances.updateOne(
        { _id: this.instance },
        [{ $set: { marks: { $literal: marks }, until: { $add: [NOW, LEASE] } } }],
        { upsert: true, ...this.database.options() },
      ),
    );
  }

  async unregister(): Promise<void> {
    await this.database.run(() =>
      this.instances.deleteOne({ _id: this.instance }, this.database.options()),
    );
  }

  /** Marks but for our own that documents of a type may have. */
  async others(type: TypeLayout): Promise<readonly string[]> {
    const own = fingerprint(type);
    return Object.keys(await this.seen(type)).filter((mark) => mark !== own);
  }

  /** Whether this service derives anew what others derived: its schema is the latest that is alive. */
  async isLatest(type: TypeLayout): Promise<boolean> {
    const seen = await this.seen(type);
    const own = seen[fingerprint(type)];
    const alive = await this.alive();
    return Object.entries(seen).every(
      ([mark, at]) => own === undefined || at <= own || !alive.has(mark),
    );
  }

  /** Forgets schemas that no document and no service has any more. */
  async forget(type: TypeLayout, marks: readonly string[]): Promise<void> {
    const alive = await this.alive();
    const gone = marks.filter((mark) => !alive.has(mark));
    if (gone.length === 0) return;
    const fields = Object.fromEntries(gone.map((mark) => [`seen.${mark}`, 1 as const]));
    await this.database.run(() =>
      this.marks.updateOne({ _id: marksId(type) }, { $unset: fields }, this.database.options()),
    );
  }

  /** What fulfils a query, and everything that was derived by another schema. */
  including(others: readonly string[], query: MongoQuery): MongoQuery {
    if (others.length === 0) return query;
    return { $or: [query, { '_scim.mark': { $in: [...others] } }] };
  }

  private async seen(type: TypeLayout): Promise<Readonly<Record<string, number>>> {
    const found = await this.database.run(() =>
      this.marks.findOne({ _id: marksId(type) }, this.database.options()),
    );
    return found?.seen ?? {};
  }

  private async alive(): Promise<ReadonlySet<string>> {
    const found = await this.database.run(() =>
      this.instances
        .aggregate<InstanceDocument & { readonly isAlive: boolean }>(
          [
            { $match: { _id: { $gte: 'instance:', $lt: 'instance;' } } },
            { $set: { isAlive: { $gt: ['$until', NOW] } } },
          ],
          this.database.options(),
        )
        .toArray(),
    );
    return new Set(found.filter(({ isAlive }) => isAlive).flatMap(({ marks }) => marks));
  }

  private get marks(): mongo.Collection<MarksDocument> {
    return this.database.collection(this.layout.shared.state);
  }

  private get instances(): mongo.Collection<InstanceDocument> {
    return this.database.collection(this.layout.shared.state);
  }
}

function marksId({ collection }: TypeLayout): string {
  return `marks:${collection}`;
}
