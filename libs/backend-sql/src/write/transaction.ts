import { type EventRecord, type Operation, pieces, type Stored, type WriteContext } from '#backend';
import type { Session } from '../connection/database.js';
import { join, list, NOTHING, type Param, raw, type Sql, sql } from '../connection/statement.js';
import type { Dialect } from '../dialect/dialect.js';
import type { Layout, RelationTable, TypeLayout } from '../schema/layout.js';
import {
  type Columns,
  columnsOf,
  type Row,
  storedOf,
  touchedColumns,
  valueRows,
} from '../sql.mapping.js';
import { RelationRows } from './relation-rows.js';

/** The changes of rows that one write is made of. */
export class Transaction {
  constructor(
    private readonly dialect: Dialect,
    private readonly layout: Layout,
    private readonly session: Session,
    /** Rows of `counts` for each type. */
    private readonly slots: number,
  ) {}

  quote(name: string): Sql {
    return this.dialect.quote(name);
  }

  rows(statement: Sql) {
    return this.session.rows(statement);
  }

  run(statement: Sql) {
    return this.session.run(statement);
  }

  relation(table: RelationTable, id: string): RelationRows {
    return new RelationRows(this.dialect, this.layout, this.session, table, id);
  }

  /** The resource, which nobody else changes until the transaction ends. */
  async lock(layout: TypeLayout, id: string): Promise<Stored | undefined> {
    const [row] = await this.lockAll(layout, [id]);
    return row;
  }

  /** Several, in the order of their ids, as everybody locks them. Those that are gone are left out. */
  async lockAll(layout: TypeLayout, ids: readonly string[]): Promise<readonly Stored[]> {
    const found: Stored[] = [];
    for (const piece of pieces([...ids].sort())) {
      const rows = await this.rows(sql`
        select id, details from ${this.quote(layout.table)}
        where id in (${list(piece)}) and created is not null order by id${this.dialect.forUpdate}`);
      for (const row of rows) found.push(storedOf(row as unknown as Row));
    }
    return found;
  }

  async insert(layout: TypeLayout, stored: Stored): Promise<void> {
    const columns = [...columnsOf(layout, stored)];
    const names = columns.map(([name]) => this.quote(name));
    const values = columns.map(([, value]) => value);
    await this.run(sql`
      insert into ${this.quote(layout.table)} (id, ${join(names, ', ')})
      values (${stored.id}, ${list(values)})`);
    await this.insertValues(layout, stored);
  }

  /** Compares and sets. @returns whether the resource was there under this version */
  async replace(layout: TypeLayout, stored: Stored, isCurrent: Sql): Promise<boolean> {
    const written = await this.update(layout, stored.id, columnsOf(layout, stored), isCurrent);
    if (written) await this.replaceValues(layout, stored);
    return written;
  }

  /** Only the version and the time of a resource that is locked. */
  async touch(layout: TypeLayout, stored: Stored): Promise<void> {
    await this.update(layout, stored.id, touchedColumns(layout, stored));
  }

  /** Everything of a resource that is locked. */
  async rewrite(layout: TypeLayout, stored: Stored): Promise<void> {
    await this.update(layout, stored.id, columnsOf(layout, stored));
    await this.replaceValues(layout, stored);
  }

  /** The row, its values and the elements it holds; not those that hold it. */
  async remove(layout: TypeLayout, id: string): Promise<void> {
    await this.run(sql`delete from ${this.quote(layout.table)} where id = ${id}`);
    if (layout.multi.length > 0) {
      await this.run(sql`delete from ${this.quote(layout.values)} where id = ${id}`);
    }
    for (const { table } of layout.relations) {
      await this.run(sql`delete from ${this.quote(table)} where id = ${id}`);
    }
  }

  /** Keeps the number of resources. Last of all, since others wait for the row. */
  async count(layout: TypeLayout, change: 1 | -1): Promise<void> {
    const slot = Math.floor(Math.random() * this.slots);
    const { counts } = this.layout.shared;
    await this.run(sql`
      update ${this.quote(counts)} set number = number + ${raw(String(change))}
      where type = ${layout.type.name} and slot = ${slot}`);
  }

  /** The event of a change, if there is one to be announced. */
  async record(
    { record }: WriteContext,
    operation: Operation,
    layout: TypeLayout,
    stored: Stored,
  ): Promise<void> {
    const event = record?.({ operation, type: layout.type, stored });
    if (event !== undefined) await this.insertEvent(event);
  }

  private async insertEvent(event: EventRecord): Promise<void> {
    const text = JSON.stringify(event);
    await this.run(sql`
      insert into ${this.quote(this.layout.shared.outbox)} (event, record, recorded)
      values (${crypto.randomUUID()}, ${text}, ${new Date().toISOString()})`);
  }

  private async update(
    { table }: TypeLayout,
    id: string,
    columns: Columns,
    guard?: Sql,
  ): Promise<boolean> {
    const sets = [...columns].map(
      ([name, value]: [string, Param]) => sql`${this.quote(name)} = ${value}`,
    );
    const guarded = guard === undefined ? NOTHING : sql` and ${guard}`;
    const written = await this.run(
      sql`update ${this.quote(table)} set ${join(sets, ', ')} where id = ${id}${guarded}`,
    );
    return written > 0;
  }

  private async insertValues(layout: TypeLayout, stored: Stored): Promise<void> {
    const rows = valueRows(layout, stored);
    for (const piece of pieces(rows)) {
      const values = piece.map(
        ({ path, value, claim }) => sql`(${stored.id}, ${path}, ${value}, ${claim})`,
      );
      await this.run(
        sql`insert into ${this.quote(layout.values)} (id, path, value, claim) values ${join(values, ', ')}`,
      );
    }
  }

  private async replaceValues(layout: TypeLayout, stored: Stored): Promise<void> {
    if (layout.multi.length === 0) return;
    const before = await this.rows(
      sql`select path, value from ${this.quote(layout.values)} where id = ${stored.id}`,
    );
    const wanted = new Set(valueRows(layout, stored).map(({ path, value }) => `${path}\0${value}`));
    const same =
      before.length === wanted.size &&
      before.every(({ path, value }) => wanted.has(`${path}\0${value}`));
    if (same) return;
    await this.run(sql`delete from ${this.quote(layout.values)} where id = ${stored.id}`);
    await this.insertValues(layout, stored);
  }
}
