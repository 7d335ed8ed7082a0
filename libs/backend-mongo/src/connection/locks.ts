import { setTimeout as delay } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import { NOW } from './clock.js';
import type { Database } from './database.js';
import { DuplicateError } from './failure.js';

interface LockDocument {
  readonly _id: string;
  readonly holder: string;
  /** Ms, by the clock of the server. */
  readonly until: number;
}

const LEASE = 30_000;
const POLL = 250;

/** Leases that are documents, by the clock of the server: whoever dies loses them in time. */
export class Locks {
  constructor(
    private readonly database: Database,
    private readonly name: string,
  ) {}

  private get collection(): mongo.Collection<LockDocument> {
    return this.database.collection(this.name);
  }

  /** Takes or renews. @returns false while another holder has it */
  async take(name: string, holder: string, milliseconds: number): Promise<boolean> {
    try {
      const found = await this.database.run(() =>
        this.collection.findOneAndUpdate({ _id: name }, leaseBy(holder, milliseconds), {
          upsert: true,
          returnDocument: 'after',
          ...this.database.options(),
        }),
      );
      return found?.holder === holder;
    } catch (error) {
      // Two made it at the same moment.
      if (error instanceof DuplicateError) return false;
      throw error;
    }
  }

  async release(name: string, holder: string): Promise<void> {
    await this.database.run(() =>
      this.collection.deleteOne({ _id: name, holder }, this.database.options()),
    );
  }

  /** Runs `work` while nobody else does; waits until those who do are done. */
  async alone<T>(name: string, work: () => Promise<T>): Promise<T> {
    const holder = crypto.randomUUID();
    while (!(await this.take(name, holder, LEASE))) await delay(POLL);
    const renewal = setInterval(() => {
      this.take(name, holder, LEASE).catch(() => undefined); // the work itself meets the same error
    }, LEASE / 4);
    try {
      return await work();
    } finally {
      clearInterval(renewal);
      await this.release(name, holder);
    }
  }
}

/** Sets the holder where nobody else has the lease, and leaves everything as it is elsewhere. */
function leaseBy(holder: string, milliseconds: number): mongo.Document[] {
  const literal = { $literal: holder };
  const free = {
    $or: [{ $eq: ['$holder', literal] }, { $lte: [{ $ifNull: ['$until', 0] }, NOW] }],
  };
  const until = { $add: [NOW, Math.max(0, Math.trunc(milliseconds))] };
  return [
    {
      $set: {
        holder: { $cond: [free, literal, '$holder'] },
        until: { $cond: [free, until, '$until'] },
      },
    },
  ];
}
