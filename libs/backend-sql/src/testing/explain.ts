import type { Query } from '#backend';
import type { ResourceType } from '#scim';
import { sql } from '../connection/statement.js';
import { nativeQuery } from '../read/sql.query.js';
import type { SqlBackend } from '../sql.backend.js';

/** What the database says it would do, and whether it reads only what it finds by an index. */
export async function explain(
  backend: SqlBackend | undefined,
  type: ResourceType,
  query: Query,
  /** Whether the tables are so full that the planner decides for an index by itself. */
  full = false,
): Promise<{ indexed: boolean; plan: string }> {
  if (backend === undefined) throw new Error('the backend is not open');
  const { database, layout } = backend;
  const own = layout.ofType(type);
  const { page } = nativeQuery(database.dialect, layout.shared, own, query);
  if (page === undefined) return { indexed: false, plan: 'left to the engine' };
  if (database.dialect.kind === 'postgres') {
    // A table of a few rows is read as a whole, whatever indexes it has.
    const rows = await database.transaction(async (session) => {
      if (!full) await session.run(sql`set local enable_seqscan = off`);
      return session.rows(database.dialect.explain(page));
    });
    const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n');
    return { indexed: !/Seq Scan/.test(plan) && /Index Cond/.test(plan), plan };
  }
  const rows = await database.rows(database.dialect.explain(page));
  const plan = rows.map((row) => JSON.stringify(row)).join('\n');
  if (database.dialect.kind === 'sqlite') {
    // `e` and `s` are lists within one row.
    return { indexed: !/SCAN (?!CONSTANT|[es] )/.test(plan), plan };
  }
  // `<subquery>` is what an index look-up, told on a line of its own, found.
  const tables = rows.filter(
    (row) => !String(row.table).startsWith('<') && !String(row.Extra).includes('json_table'),
  );
  // Of a few rows, MySQL reads the whole of an index that holds all it needs.
  const small = ({ Extra }: (typeof rows)[number]) =>
    !full && String(Extra).includes('Using index');
  const scans = tables.filter((row) => row.type === 'ALL' || (row.type === 'index' && !small(row)));
  return { indexed: scans.length === 0, plan };
}
