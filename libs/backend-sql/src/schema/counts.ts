import type { Database, Session } from '../connection/database.js';
import { list, sql } from '../connection/statement.js';
import type { Layout, TypeLayout } from './layout.js';

/** Rows among which writers spread, so that they do not queue for one. */
const SLOTS = 16;

/** SQLite has one writer anyway. */
export function slotsOf({ dialect }: Database): number {
  return dialect.kind === 'sqlite' ? 1 : SLOTS;
}

/** Sees to it that every type has its rows. */
export async function ensureCounts(database: Database, { shared, types }: Layout): Promise<void> {
  const table = database.dialect.quote(shared.counts);
  const rows = await database.rows(sql`select distinct type from ${table}`);
  const present = new Set(rows.map(({ type }) => String(type)));
  for (const { type } of types) {
    if (present.has(type.name)) continue;
    for (let slot = 0; slot < slotsOf(database); slot++) {
      await database.run(
        sql`insert into ${table} (type, slot, number) values (${type.name}, ${slot}, 0)`,
      );
    }
  }
}

/** Adds what a transaction made to be served. */
export async function addToCount(
  { dialect }: Database,
  session: Session,
  { shared }: Layout,
  { type }: TypeLayout,
  added: number,
): Promise<void> {
  if (added === 0) return;
  await session.run(sql`
    update ${dialect.quote(shared.counts)} set number = number + ${added}
    where type = ${type.name} and slot = 0`);
}

/** Whether what is kept is what there is; both are read at one moment. */
export async function countsAreRight(
  database: Database,
  { shared }: Layout,
  { type, table }: TypeLayout,
): Promise<boolean> {
  const { quote } = database.dialect;
  const [row] = await database.rows(sql`
    select (select coalesce(sum(c.number), 0) from ${quote(shared.counts)} c where c.type = ${type.name}) as kept,
      (select count(*) from ${quote(table)} t where t.created is not null) as counted`);
  return Number(row?.kept) === Number(row?.counted);
}

/** Counts anew; whoever creates or deletes meanwhile waits. */
export async function recount(
  database: Database,
  { shared }: Layout,
  { type, table }: TypeLayout,
): Promise<void> {
  const { quote, forUpdate } = database.dialect;
  const counts = quote(shared.counts);
  await database.transaction(async (session) => {
    const slots = await session.rows(
      sql`select slot from ${counts} where type = ${type.name} order by slot${forUpdate}`,
    );
    const [found] = await session.rows(
      sql`select count(*) as number from ${quote(table)} where created is not null`,
    );
    const others = slots.slice(1).map(({ slot }) => Number(slot));
    await session.run(sql`
      update ${counts} set number = ${Number(found?.number ?? 0)}
      where type = ${type.name} and slot = ${Number(slots[0]?.slot ?? 0)}`);
    if (others.length === 0) return;
    await session.run(sql`
      update ${counts} set number = 0 where type = ${type.name} and slot in (${list(others)})`);
  });
}
