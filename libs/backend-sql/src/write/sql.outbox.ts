import {
  type EventRecord,
  type OutboxEntry,
  type OutboxMeasure,
  type OutboxStore,
  pieces,
} from '#backend';
import type { Database, Values } from '../connection/database.js';
import { SqlLeases } from '../connection/leases.js';
import { list, raw, type Sql, sql } from '../connection/statement.js';
import type { SharedTables } from '../schema/layout.js';

const LEASE = 'outbox';

/** Events that were written in the transaction of their change and are not announced yet. */
export class SqlOutbox implements OutboxStore {
  private readonly leases: SqlLeases;
  private readonly table: Sql;

  constructor(
    private readonly database: Database,
    shared: SharedTables,
  ) {
    this.leases = new SqlLeases(database, shared.locks);
    this.table = database.dialect.quote(shared.outbox);
  }

  async lease(holder: string, milliseconds: number): Promise<boolean> {
    return this.leases.take(LEASE, holder, milliseconds);
  }

  async release(holder: string): Promise<void> {
    return this.leases.release(LEASE, holder);
  }

  /**
   * The row of a resource is locked until its event is committed, so the sequence grows in the order
   * of commits of one resource; of different ones a lower number may show later.
   */
  async read(limit: number): Promise<readonly OutboxEntry[]> {
    const rows = await this.database.rows(sql`
      select sequence, event, record, recorded
      from ${this.table} where parked is null
      order by sequence limit ${raw(String(Math.max(0, Math.trunc(limit))))}`);
    return rows.map(entryOf);
  }

  async done(ids: readonly string[]): Promise<void> {
    for (const piece of pieces(ids)) {
      await this.database.run(sql`delete from ${this.table} where event in (${list(piece)})`);
    }
  }

  async park(id: string, reason: string): Promise<void> {
    await this.database.run(sql`update ${this.table} set parked = ${reason} where event = ${id}`);
  }

  async measure(): Promise<OutboxMeasure> {
    const [row] = await this.database.rows(sql`
      select count(*) - count(parked) as pending, count(parked) as parked,
        min(case when parked is null then recorded end) as oldest
      from ${this.table}`);
    const oldest = row?.oldest;
    return {
      pending: Number(row?.pending ?? 0),
      parked: Number(row?.parked ?? 0),
      ...(typeof oldest === 'string' ? { oldest } : {}),
    };
  }
}

function entryOf(row: Values): OutboxEntry {
  return {
    id: String(row.event),
    sequence: Number(row.sequence),
    record: JSON.parse(String(row.record)) as EventRecord,
    recordedAt: String(row.recorded),
  };
}
