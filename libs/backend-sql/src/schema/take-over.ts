import { keptElements, newVersion, parseContent, type Stored } from '#backend';
import { ContentError, isObject, type JsonObject } from '#scim';
import {
  type Database,
  DuplicateError,
  type Session,
  type Values,
} from '../connection/database.js';
import { join, NOTHING, type Param, raw, type Sql, sql } from '../connection/statement.js';
import {
  type Columns,
  columnsOf,
  type Row,
  storedOf,
  toStored,
  valueRows,
} from '../sql.mapping.js';
import type { SqlNotice } from '../sql.options.js';
import { RelationRows } from '../write/relation-rows.js';
import { addToCount } from './counts.js';
import type { Layout, TypeLayout } from './layout.js';

type Report = (notice: SqlNotice) => void;

/** Rows of one transaction. */
const BATCH = 200;
/** Tries of a batch whose unique values somebody else takes at the same time. */
const MOST_TRIES = 5;

/**
 * Takes over rows that the reference wrote: `details` becomes what this service writes, members move
 * to their table, and the other columns are filled. A batch is one transaction, so that whatever
 * stops it in the middle leaves each row either as it was or done.
 */
export async function takeOver(
  database: Database,
  layout: Layout,
  type: TypeLayout,
  report: Report,
): Promise<void> {
  let taken = 0;
  await eachBatch(database, type, raw('t.created is null'), async (session, rows) => {
    let done = 0;
    for (const row of rows) {
      const content = readForeign(type, row, report);
      if (content === undefined) continue;
      done += 1;
      const { stored, resource } = content;
      await writeRow(database, session, type, stored, report);
      for (const relation of type.relations) {
        const elements = new RelationRows(database.dialect, layout, session, relation, stored.id);
        const wanted = keptElements(resource[relation.name]).map(({ value }) => ({ value }));
        const present = await elements.present(wanted.map(({ value }) => value));
        await elements.add(wanted.filter(({ value }) => !present.has(value)));
      }
    }
    await addToCount(database, session, layout, type, done);
    return () => {
      taken += done;
    };
  });
  if (taken === 0) return;
  const message = `${taken} rows of the table ${type.table} were taken over as they are.`;
  report({ kind: 'taking-over', message });
}

/** Rows that are served. */
export const ALL = raw('t.created is not null');

/** Derives anew what depends on the schema, of the rows that fulfil a condition. */
export async function deriveAgain(
  database: Database,
  type: TypeLayout,
  report: Report,
  condition: Sql,
  signal?: AbortSignal,
): Promise<void> {
  let rederived = 0;
  const work = async (session: Session, rows: readonly Values[]) => {
    for (const row of rows) {
      await writeRow(database, session, type, storedOf(row as unknown as Row), report);
    }
    return () => {
      rederived += rows.length;
    };
  };
  await eachBatch(database, type, condition, work, signal);
  if (rederived === 0) return;
  const message = `${rederived} rows of the table ${type.table} were indexed anew.`;
  report({ kind: 'taking-over', message });
}

/** `work` may run twice for a batch; what it returns runs once the batch is committed. */
async function eachBatch(
  database: Database,
  { table }: TypeLayout,
  condition: Sql,
  work: (session: Session, rows: readonly Values[]) => Promise<() => void>,
  signal?: AbortSignal,
): Promise<void> {
  const { quote, forUpdate } = database.dialect;
  let after: string | undefined;
  for (;;) {
    const later = after === undefined ? NOTHING : sql` and t.id > ${after}`;
    const batch = () =>
      database.transaction(async (session) => {
        const rows = await session.rows(sql`
          select t.id, t.details from ${quote(table)} t where ${condition}${later}
          order by t.id limit ${raw(String(BATCH))}${forUpdate}`);
        return { rows, committed: await work(session, rows) };
      });
    const { rows, committed } = await again(batch);
    committed();
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH || signal?.aborted) return;
    after = String(last.id);
  }
}

async function again<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof DuplicateError) || tries === MOST_TRIES) throw error;
    }
  }
}

function readForeign(
  { type, table }: TypeLayout,
  { id, details }: Values,
  report: Report,
): { readonly stored: Stored; readonly resource: JsonObject } | undefined {
  try {
    const json: unknown = typeof details === 'string' ? JSON.parse(details) : details;
    if (!isObject(json)) throw new ContentError('details is not a JSON object');
    const draft = parseContent(type, json, String(id), new Date());
    return { stored: toStored(type, draft, String(id), newVersion()), resource: draft };
  } catch (cause) {
    if (!(cause instanceof ContentError) && !(cause instanceof SyntaxError)) throw cause;
    const why = cause instanceof ContentError ? cause.message : 'details is not JSON';
    const message = `The row ${JSON.stringify(id)} of the table ${table} is not served: ${why}.`;
    report({ kind: 'unreadable', message, cause });
    return undefined;
  }
}

/** All columns of a row that is there, and its values. */
async function writeRow(
  { dialect }: Database,
  session: Session,
  layout: TypeLayout,
  stored: Stored,
  report: Report,
): Promise<void> {
  const columns = new Map(columnsOf(layout, stored));
  const twin = await twinOf(dialect, session, layout, stored.id, columns);
  if (twin > 0) {
    const message = `The row ${JSON.stringify(stored.id)} of the table ${layout.table} shares a value with another one that should be unique; both are served.`;
    report({ kind: 'duplicate-value', message });
  }
  columns.set('twin', twin);
  const sets = [...columns].map(
    ([name, value]: [string, Param]) => sql`${dialect.quote(name)} = ${value}`,
  );
  await session.run(
    sql`update ${dialect.quote(layout.table)} set ${join(sets, ', ')} where id = ${stored.id}`,
  );
  if (layout.multi.length === 0) return;
  const values = dialect.quote(layout.values);
  await session.run(sql`delete from ${values} where id = ${stored.id}`);
  for (const { path, value, claim } of valueRows(layout, stored)) {
    const [taken] =
      claim === null
        ? []
        : await session.rows(
            sql`select id from ${values} where claim = ${claim} and id <> ${stored.id}`,
          );
    await session.run(sql`
      insert into ${values} (id, path, value, claim)
      values (${stored.id}, ${path}, ${value}, ${taken === undefined ? claim : null})`);
  }
}

/**
 * The reference compared letter by letter, and let some values be there twice. One row of those
 * that share a value has 0, as all rows that are written here, so nobody else can have it.
 */
async function twinOf(
  dialect: Database['dialect'],
  session: Session,
  { table, keys }: TypeLayout,
  id: string,
  columns: Columns,
): Promise<number> {
  const taken = new Set<number>();
  for (const { column, tail } of keys) {
    const value = columns.get(column);
    if (tail === undefined || value === null || value === undefined) continue;
    const rows = await session.rows(sql`
      select twin from ${dialect.quote(table)}
      where ${dialect.quote(column)} = ${value} and ${dialect.quote(tail)} = ${columns.get(tail) ?? 0}
        and id <> ${id}`);
    for (const row of rows) taken.add(Number(row.twin));
  }
  let twin = 0;
  while (taken.has(twin)) twin += 1;
  return twin;
}
