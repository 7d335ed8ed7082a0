import type { mongo } from 'mongoose';
import { Leases } from '#backend';
import { NOW } from './clock.js';
import type { Database } from './database.js';
import { DuplicateError } from './failure.js';

interface LockDocument {
  readonly _id: string;
  readonly holder: string;
  /** Ms, by the clock of the server. */
  readonly until: number;
}

/** Leases that are documents. */
export class MongoLeases extends Leases {
  constructor(
    private readonly database: Database,
    private readonly name: string,
  ) {
    super();
  }

  private get collection(): mongo.Collection<LockDocument> {
    return this.database.collection(this.name);
  }

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
