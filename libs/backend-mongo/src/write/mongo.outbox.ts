import {
  type EventRecord,
  type OutboxEntry,
  type OutboxMeasure,
  type OutboxStore,
  pieces,
} from '#backend';
import type { Database } from '../connection/database.js';
import { MongoLeases } from '../connection/leases.js';
import type { SharedCollections } from '../layout/layout.js';

export interface OutboxDocument {
  readonly _id: string;
  /** The `seq` that the change gave its resource: it grows with each change of one. */
  readonly sequence: number;
  /** JSON text: names in it may be what MongoDB dislikes. */
  readonly record: string;
  /** ISO 8601. */
  readonly recorded: string;
  /** Why it was put aside. */
  readonly parked: string | null;
}

const LEASE = 'outbox';

/** Events that were written in the transaction of their change and are not announced yet. */
export class MongoOutbox implements OutboxStore {
  private readonly leases: MongoLeases;

  constructor(
    private readonly database: Database,
    private readonly shared: SharedCollections,
  ) {
    this.leases = new MongoLeases(database, shared.locks);
  }

  lease(holder: string, milliseconds: number): Promise<boolean> {
    return this.leases.take(LEASE, holder, milliseconds);
  }

  release(holder: string): Promise<void> {
    return this.leases.release(LEASE, holder);
  }

  /** Of different resources a lower number may show later. */
  async read(limit: number): Promise<readonly OutboxEntry[]> {
    const most = Math.max(0, Math.trunc(limit));
    if (most === 0) return [];
    const documents = await this.database.run(() =>
      this.collection
        .find({ parked: null }, this.database.options())
        .sort({ sequence: 1 })
        .limit(most)
        .toArray(),
    );
    return documents.map(entryOf);
  }

  async done(ids: readonly string[]): Promise<void> {
    for (const piece of pieces(ids)) {
      await this.database.run(() =>
        this.collection.deleteMany({ _id: { $in: [...piece] } }, this.database.options()),
      );
    }
  }

  async park(id: string, reason: string): Promise<void> {
    await this.database.run(() =>
      this.collection.updateOne({ _id: id }, { $set: { parked: reason } }, this.database.options()),
    );
  }

  async measure(): Promise<OutboxMeasure> {
    const options = this.database.options();
    const [all, pending, [oldest]] = await this.database.run(() =>
      Promise.all([
        this.collection.countDocuments({}, options),
        this.collection.countDocuments({ parked: null }, options),
        this.collection.find({ parked: null }, options).sort({ recorded: 1 }).limit(1).toArray(),
      ]),
    );
    return {
      pending,
      parked: Math.max(0, all - pending),
      ...(oldest === undefined ? {} : { oldest: oldest.recorded }),
    };
  }

  private get collection() {
    return this.database.collection<OutboxDocument>(this.shared.outbox);
  }
}

function entryOf({ _id, sequence, record, recorded }: OutboxDocument): OutboxEntry {
  return {
    id: _id,
    sequence,
    record: JSON.parse(record) as EventRecord,
    recordedAt: recorded,
  };
}
