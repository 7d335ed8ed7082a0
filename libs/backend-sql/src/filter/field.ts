import type { CompareOperator } from '#scim';
import { raw, type Sql, sql } from '../connection/statement.js';
import type { Dialect, Node } from '../dialect/dialect.js';
import { prefixRange, sortedKey } from './keys.js';

/** A single prepared value as SQL sees it; `null` where there is none that compares. */
export interface Field {
  /** Of a number rule, the number; else the text. */
  readonly value: Sql;
  readonly isText: boolean;
  /** True where anything non-empty is assigned. */
  readonly assigned: Sql;
  /** The column with the index key of the value, where there is one. */
  readonly indexed?: Sql;
}

/** A member of the search document, or of one of its elements. */
export function memberField(
  dialect: Dialect,
  node: Node,
  member: string,
  isText: boolean,
  indexed?: Sql,
): Field {
  const has = dialect.has(node, member);
  const text = dialect.text(node, member);
  return {
    value: isText ? text : dialect.number(node, member),
    isText,
    assigned: isText ? sql`(${has} and coalesce(${text}, 'x') <> '')` : has,
    ...(indexed === undefined ? {} : { indexed }),
  };
}

/** A column that holds the prepared text itself. */
export function columnField(column: Sql): Field {
  return { value: column, isText: true, assigned: sql`${column} <> ''`, indexed: column };
}

/** The comparison of one value with a literal; null (which is no) where there is no value. */
export function compareField(
  dialect: Dialect,
  field: Field,
  operator: CompareOperator,
  literal: string | number,
): Sql {
  const { value, indexed } = field;
  if (operator === 'eq') {
    // The empty string is no key where values are unique.
    if (indexed === undefined || literal === '') return sql`${value} = ${literal}`;
    const { text, tail } = sortedKey(literal);
    return tail === 0
      ? sql`${indexed} = ${text}`
      : sql`(${indexed} = ${text} and ${value} = ${literal})`;
  }
  if (operator === 'ne') return sql`(${value} is null or ${value} <> ${literal})`;
  if (operator === 'co' || operator === 'sw' || operator === 'ew') {
    // A number contains nothing.
    if (typeof literal === 'number') return FALSE;
    return textMatch(dialect, field, operator, literal);
  }
  const ordered = field.isText ? dialect.ordered(value) : value;
  return sql`${ordered} ${raw(SIGNS[operator])} ${literal}`;
}

const SIGNS = { gt: '>', ge: '>=', lt: '<', le: '<=' } as const;

export const TRUE = raw('1 = 1');
export const FALSE = raw('1 = 0');

function textMatch(
  dialect: Dialect,
  { value, indexed }: Field,
  operator: 'co' | 'sw' | 'ew',
  literal: string,
): Sql {
  if (literal === '') return sql`${value} is not null`;
  if (operator === 'co') return dialect.contains(value, literal);
  if (operator === 'ew') return dialect.endsWith(value, literal);
  const range = indexed === undefined ? undefined : prefixRange(literal);
  if (indexed === undefined || range === undefined) return dialect.startsWith(value, literal);
  // A prefix is a range, which an index answers whatever the plan is made for.
  const column = dialect.ordered(indexed);
  return range.below === undefined
    ? sql`${column} >= ${range.from}`
    : sql`(${column} >= ${range.from} and ${column} < ${range.below})`;
}
