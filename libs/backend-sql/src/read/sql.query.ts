import type { Query } from '#backend';
import { comparable, LONGEST_SORT_KEY, leaf, type Position, samePath, sortedPart } from '#scim';
import { NOTHING, raw, type Sql, sql } from '../connection/statement.js';
import type { Dialect } from '../dialect/dialect.js';
import { sortedKey, storedKey } from '../filter/keys.js';
import { ROOT, singleField } from '../filter/scope.js';
import { type Condition, conditionOf } from '../filter/sql.filter.js';
import type { SharedTables, TypeLayout } from '../schema/layout.js';
import { hasStale, isStale } from '../schema/mark.js';

/** What a list is ordered by before creation and id. */
interface SortKey {
  readonly expression: Sql;
  readonly descending: boolean;
  /** Positions hold whole keys, columns index keys. */
  readonly bound: (key: Position['key']) => string | number | null;
}

/** A query in SQL, as far as it can be one. */
export interface NativeQuery {
  readonly condition: Condition | undefined;
  /** The page with `total` and `stale`; undefined when the database cannot cut it. */
  readonly page: Sql | undefined;
  /** The same two alone. */
  readonly counted: Sql;
}

/**
 * Only rows that were taken over are served. Asked of a column without an index, lest a planner
 * take this for a reason to use one.
 */
export const SERVED = raw(`${ROOT}.version is not null`);

export function nativeQuery(
  dialect: Dialect,
  shared: SharedTables,
  layout: TypeLayout,
  query: Query,
): NativeQuery {
  const condition =
    query.filter === undefined ? undefined : conditionOf(dialect, layout, query.filter);
  const exact =
    query.filter === undefined || (condition !== undefined && condition.residual === undefined);
  const sort = sortKeyOf(dialect, layout, query);
  const total = totalOf(dialect, shared, layout, condition);
  // What rows are derived by matters to filters and orders alone.
  const isDerived = query.filter !== undefined || query.sort !== undefined;
  const stale = isDerived ? hasStale(dialect.quote(layout.table), layout) : raw('0');
  const counts = sql`(${total}) as total, (${stale}) as stale`;
  const page =
    exact && sort !== 'unknown'
      ? pageOf(dialect, layout, query, condition, sort, counts)
      : undefined;
  return { condition, page, counted: sql`select ${counts}` };
}

/** All rows that fulfil a condition, or may, some at a time, in the order of their ids. */
export function batchAfter(
  dialect: Dialect,
  layout: TypeLayout,
  condition: Condition | undefined,
  after: string | undefined,
  size: number,
): Sql {
  const limit = raw(String(size));
  const table = dialect.quote(layout.table);
  const later = after === undefined ? NOTHING : sql` and t.id > ${after}`;
  const narrowed =
    condition === undefined ? NOTHING : sql` and (${condition.query} or ${isStale(layout)})`;
  if (dialect.holdsUp) {
    // So many rows are looked at, however few of them are wanted; the others come without details.
    return sql`select t.id, length(t.details) as size,
        case when ${SERVED}${narrowed} then t.details end as details
      from ${table} t where t.id is not null${later} order by t.id limit ${limit}`;
  }
  return sql`select t.id, t.details from ${table} t
    where ${SERVED}${later}${narrowed} order by t.id limit ${limit}`;
}

function pageOf(
  dialect: Dialect,
  layout: TypeLayout,
  { start, limit }: Query,
  condition: Condition | undefined,
  sort: SortKey | undefined,
  counts: Sql,
): Sql {
  const narrowed = condition === undefined ? NOTHING : sql` and (${condition.query})`;
  const later =
    'after' in start ? sql` and ${positionCondition(dialect, sort, start.after)}` : NOTHING;
  const offset = 'offset' in start ? start.offset : 0;
  const cut = raw(whole(limit) + (offset > 0 ? ` offset ${whole(offset)}` : ''));
  const table = dialect.quote(layout.table);
  const inOrder = sql`t.created, ${dialect.ordered(ID)}`;
  if (offset > 0 && condition === undefined && sort === undefined) {
    // What is skipped is skipped in the index, which holds nothing but this order.
    return sql`select t.id, t.details, ${counts} from (
        select t.id from ${table} t where t.created is not null order by ${inOrder} limit ${cut}
      ) p join ${table} t on t.id = p.id where ${SERVED} order by ${inOrder}`;
  }
  const key =
    sort === undefined ? NOTHING : sql`${dialect.orderBy(sort.expression, sort.descending)}, `;
  return sql`select t.id, t.details, ${counts} from ${table} t
    where ${SERVED}${narrowed}${later} order by ${key}${inOrder} limit ${cut}`;
}

const ID = raw('t.id');

/** How many match: counted, except for all of them, whose number is kept. */
function totalOf(
  dialect: Dialect,
  { counts }: SharedTables,
  { table, type }: TypeLayout,
  condition: Condition | undefined,
): Sql {
  if (condition !== undefined) {
    return sql`select count(*) as total from ${dialect.quote(table)} t where ${SERVED} and (${condition.query})`;
  }
  return sql`select coalesce(sum(c.number), 0) as total from ${dialect.quote(counts)} c where c.type = ${type.name}`;
}

/** What comes after a position, in an order of key, creation and id (design law 6). */
function positionCondition(dialect: Dialect, sort: SortKey | undefined, position: Position): Sql {
  const created = String(comparable('dateTime', position.created) ?? position.created);
  const tie = sql`(t.created >= ${created} and (t.created > ${created} or ${dialect.ordered(ID)} > ${position.id}))`;
  if (sort === undefined) return tie;
  const { expression, descending } = sort;
  const key = sort.bound(position.key);
  if (key === null) {
    const rest = sql`(${expression} is null and ${tie})`;
    return descending ? sql`(${rest} or ${expression} is not null)` : rest;
  }
  const sign = raw(descending ? '<' : '>');
  const later = sql`${expression} ${sign} ${key} or (${expression} = ${key} and ${tie})`;
  return descending ? sql`(${later})` : sql`(${later} or ${expression} is null)`;
}

/** `unknown` when the database cannot sort by the path. */
function sortKeyOf(
  dialect: Dialect,
  layout: TypeLayout,
  { sort }: Query,
): SortKey | 'unknown' | undefined {
  if (sort === undefined) return undefined;
  const { path, descending } = sort;
  if (path.attribute.multiValued || path.sub?.multiValued) return 'unknown';
  const field = singleField(dialect, layout, path);
  if (field === undefined) return 'unknown';
  const isText = leaf(path).matching !== 'number';
  const key = layout.keys.find((one) => samePath(one.path, path));
  // Unique columns do not hold the empty string, which comes first here.
  const holdsAll = key === undefined || !key.unique || leaf(path).required;
  const indexed = isText && holdsAll ? field.indexed : undefined;
  const longest = raw(String(LONGEST_SORT_KEY));
  const cut = isText ? sql`substr(${field.value}, 1, ${longest})` : field.value;
  const expression = indexed ?? cut;
  return {
    expression: isText ? dialect.ordered(expression) : expression,
    descending,
    bound: (key) => {
      if (key === null || typeof key === 'object') return null;
      const stored = storedKey(key);
      if (typeof stored === 'number') return stored;
      return indexed === undefined ? sortedPart(stored) : sortedKey(stored).text;
    },
  };
}

function whole(number: number): string {
  return String(Math.max(0, Math.trunc(number)));
}
