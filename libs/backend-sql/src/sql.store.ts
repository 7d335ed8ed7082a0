import {
  type Deletion,
  type DeltaResult,
  type Draft,
  type NativePage,
  pieces,
  type Query,
  type ReadOptions,
  type RelationDelta,
  type ResourceStore,
  type Stored,
  type WriteContext,
} from '#backend';
import type { Database, Reader } from './connection/database.js';
import { list, raw, type Sql, sql } from './connection/statement.js';
import type { Condition } from './filter/sql.filter.js';
import type { Expander } from './read/expand.js';
import { batchAfter, nativeQuery } from './read/sql.query.js';
import type { Steps } from './read/steps.js';
import type { Layout, TypeLayout } from './schema/layout.js';
import { isPossibleId, parseDisplay, type Row, storedOf } from './sql.mapping.js';
import type { SqlWriter } from './write/sql.writer.js';

/** The resources of one type. */
export class SqlStore implements ResourceStore {
  constructor(
    private readonly database: Database,
    private readonly layouts: Layout,
    private readonly layout: TypeLayout,
    private readonly expander: Expander,
    private readonly writer: SqlWriter,
    private readonly steps: Steps,
  ) {}

  async *scan(options: ReadOptions = {}): AsyncGenerator<Stored> {
    yield* this.stream(undefined, options);
  }

  async get(id: string, { expand, signal }: ReadOptions = {}): Promise<Stored | undefined> {
    signal?.throwIfAborted();
    if (!isPossibleId(id)) return undefined;
    const { quote } = this.database.dialect;
    const statement = sql`
      select id, details from ${quote(this.layout.table)}
      where id = ${id} and created is not null`;
    const [row] = await this.database.rows(statement, signal);
    if (row === undefined) return undefined;
    const stored = storedOf(row as unknown as Row);
    const [expanded] = await this.expander.expand(this.layout, [stored], expand, signal);
    return expanded;
  }

  put(draft: Draft, context: WriteContext): Promise<Stored> {
    return this.writer.put(this.layout, draft, context);
  }

  delete(id: string, context: WriteContext): Promise<Deletion | undefined> {
    return this.writer.delete(this.layout, id, context);
  }

  applyDelta(
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<DeltaResult | undefined> {
    return this.writer.applyDelta(this.layout, id, deltas, context);
  }

  async query(query: Query): Promise<NativePage> {
    query.signal?.throwIfAborted();
    const { dialect } = this.database;
    const { shared } = this.layouts;
    const { condition, page, counted } = nativeQuery(dialect, shared, this.layout, query);
    if (page === undefined || (await this.steps.needed(query, page, counted))) {
      return this.unpaged(condition, query);
    }
    const wanted = query.limit > 0 ? page : undefined;
    const { rows, first } = await this.pageOf(wanted, counted, query.signal);
    // Rows that another schema was applied to last match, and sort, by what they hold alone.
    if (Number(first?.stale) > 0) return this.unpaged(condition, query);
    const items = rows.map((row) => storedOf(row as unknown as Row));
    return {
      items: await this.expander.expand(this.layout, items, query.expand, query.signal),
      total: Number(first?.total ?? 0),
      sorted: true,
      paged: true,
    };
  }

  async expand(
    resources: readonly Stored[],
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly Stored[]> {
    signal?.throwIfAborted();
    return this.expander.expand(this.layout, resources, names, signal);
  }

  async displays(ids: readonly string[]): Promise<ReadonlyMap<string, string | undefined>> {
    const { quote } = this.database.dialect;
    const found = new Map<string, string | undefined>();
    for (const piece of pieces(ids.filter(isPossibleId))) {
      const rows = await this.database.rows(sql`
        select id, display from ${quote(this.layout.table)}
        where id in (${list(piece)}) and created is not null`);
      for (const { id, display } of rows) found.set(String(id), parseDisplay(display));
    }
    return found;
  }

  async isSmall(id: string, relation: string, most: number): Promise<boolean> {
    const table = this.layout.relations.find(({ name }) => name === relation)?.table;
    if (table === undefined || !isPossibleId(id)) return false;
    const { quote } = this.database.dialect;
    const [row] = await this.database.rows(sql`
      select (select count(*) from (
        select m.id from ${quote(table)} m where m.id = ${id} limit ${raw(String(most + 1))}
      ) few) as number from ${quote(this.layout.table)} t where t.id = ${id}`);
    return row !== undefined && Number(row.number) <= most;
  }

  /**
   * The rows of a page, and one that has the numbers. They come with the rows, from the same
   * snapshot. An empty page has none to come with; what appeared before they were asked for belongs
   * on it, or lies before it, which one snapshot of both tells.
   */
  private async pageOf(page: Sql | undefined, counted: Sql, signal: AbortSignal | undefined) {
    const read = async (reader: Reader) => {
      const rows = page === undefined ? [] : await reader.rows(page);
      const [first] = rows.length > 0 ? rows : await reader.rows(counted);
      return { rows, first };
    };
    const found = await read(this.database.awaited(signal));
    const agrees = page === undefined || found.rows.length > 0 || Number(found.first?.total) === 0;
    return agrees ? found : this.database.snapshot(read);
  }

  /** What may match, to be filtered, sorted and cut by the engine. */
  private unpaged(condition: Condition | undefined, query: Query): NativePage {
    return {
      items: this.stream(condition, query),
      sorted: false,
      paged: false,
      ...(query.filter === undefined ? {} : { residual: query.filter }),
    };
  }

  /** A batch at a time, so that memory does not grow with the table. */
  private async *stream(
    condition: Condition | undefined,
    { expand, signal }: ReadOptions,
  ): AsyncGenerator<Stored> {
    const { dialect } = this.database;
    const narrowing = this.steps.narrowing(condition);
    let after: string | undefined;
    let size = this.steps.first;
    for (;;) {
      signal?.throwIfAborted();
      const next = batchAfter(dialect, this.layout, narrowing, after, size);
      const rows = await this.database.rows(next, signal);
      const batch = rows
        .filter(({ details }) => details !== null)
        .map((row) => storedOf(row as unknown as Row));
      yield* await this.expander.expand(this.layout, batch, expand, signal);
      const last = rows.at(-1);
      if (last === undefined || rows.length < size) return;
      after = String(last.id);
      size = this.steps.next(rows, narrowing);
      await this.steps.pause();
    }
  }
}
