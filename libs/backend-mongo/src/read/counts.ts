import type { mongo } from 'mongoose';
import type { Database, Session } from '../connection/database.js';
import { DuplicateError } from '../connection/failure.js';
import type { Layout, TypeLayout } from '../layout/layout.js';
import { SERVED } from '../mongo.filter.js';

/** Documents among which writers spread, since two transactions that change one collide. */
const SLOTS = 64;

interface CountDocument {
  readonly _id: string;
  readonly type: string;
  readonly number: number;
}

/** How many resources there are of each type: kept by each write, since counting reads all of them. */
export class Counts {
  /** Slots that this process is not using at the moment. */
  private readonly free = Array.from({ length: SLOTS }, (_, i) => i).sort(
    () => Math.random() - 0.5,
  );

  constructor(
    private readonly database: Database,
    private readonly layout: Layout,
  ) {}

  async of({ type }: TypeLayout): Promise<number> {
    const slots = await this.database.run(() =>
      this.collection.find({ type: type.name }, this.database.options()).toArray(),
    );
    return slots.reduce((sum, { number }) => sum + number, 0);
  }

  /** Runs a write with a slot to itself, within this process. */
  async withSlot<T>(work: (slot: number) => Promise<T>): Promise<T> {
    const slot = this.free.pop() ?? Math.floor(Math.random() * SLOTS);
    try {
      return await work(slot);
    } finally {
      if (!this.free.includes(slot)) this.free.push(slot);
    }
  }

  /** Makes the slots, so that no transaction has to. */
  async prepare({ type }: TypeLayout): Promise<void> {
    const slots = Array.from({ length: SLOTS }, (_, slot) => ({
      updateOne: {
        filter: { _id: slotId(type.name, slot) },
        update: { $setOnInsert: { type: type.name, number: 0 } },
        upsert: true,
      },
    }));
    try {
      await this.database.run(() => this.collection.bulkWrite(slots, { ordered: false }));
    } catch (error) {
      if (!(error instanceof DuplicateError)) throw error; // another process makes them as well
    }
  }

  /** In the step of the write that creates or deletes. */
  async add({ type }: TypeLayout, slot: number, change: 1 | -1, session?: Session): Promise<void> {
    await this.collection.updateOne(
      { _id: slotId(type.name, slot) },
      { $inc: { number: change } },
      this.database.options(session),
    );
  }

  /** Counts, and puts right what is kept. With transactions at one moment, whoever writes meanwhile. */
  async recount(layout: TypeLayout): Promise<void> {
    const put = async (session?: Session) => {
      const number = await this.database
        .collection(layout.collection)
        .countDocuments(SERVED as mongo.Document, session === undefined ? {} : { session });
      const slots = await this.collection
        .find({ type: layout.type.name }, this.database.options(session))
        .toArray();
      const difference = number - slots.reduce((sum, slot) => sum + slot.number, 0);
      if (difference === 0) return;
      await this.collection.updateOne(
        { _id: slotId(layout.type.name, 0) },
        { $inc: { number: difference } },
        this.database.options(session),
      );
    };
    if (this.database.hasTransactions) await this.database.transaction(put);
    else await this.database.run(() => put());
  }

  private get collection(): mongo.Collection<CountDocument> {
    return this.database.collection(this.layout.shared.counts);
  }
}

function slotId(type: string, slot: number): string {
  return `${type}/${slot}`;
}
