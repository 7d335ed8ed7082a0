import type { EventRecord, OutboxEntry, OutboxMeasure, OutboxStore } from '#backend';
import { Lease } from '../journal/lease.js';

/** An outbox in memory that several relays share, as replicas share a database. */
export class MemoryOutbox implements OutboxStore {
  private readonly relayLease = new Lease();
  readonly parked = new Map<string, string>();
  entries: OutboxEntry[] = [];
  private count = 0;

  add(record: EventRecord): OutboxEntry {
    const sequence = ++this.count;
    const entry = { id: `e${sequence}`, sequence, record, recordedAt: new Date().toISOString() };
    this.entries.push(entry);
    return entry;
  }

  lease = async (holder: string, milliseconds: number) =>
    this.relayLease.take(holder, milliseconds);
  release = async (holder: string) => this.relayLease.release(holder);
  read = async (limit: number) => this.entries.slice(0, limit);

  async done(ids: readonly string[]): Promise<void> {
    this.entries = this.entries.filter(({ id }) => !ids.includes(id));
  }

  async park(id: string, reason: string): Promise<void> {
    this.parked.set(id, reason);
    await this.done([id]);
  }

  async measure(): Promise<OutboxMeasure> {
    return { pending: this.entries.length, parked: this.parked.size };
  }
}

export function update(id: string, value: number): EventRecord {
  return { operation: 'Update', type: 'User', id, resource: { id, value } };
}

export function reference(id: string): EventRecord {
  return { operation: 'Update', type: 'Group', id };
}
