import { join, raw, type Sql, sql } from '../connection/statement.js';
import type { Dialect } from './dialect.js';

/** Length of a text in code points, which is what databases count. */
export function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

/** What most databases agree on. */
export const STANDARD = {
  holdsUp: false,
  tableOptions: '',
  limited: (select: Sql, _statementTimeout: number) => select,
  forUpdate: raw(' for update'),
  forShare: raw(' for share'),
  placeholder: () => '?',
  quote: (name: string) => raw(quoted(name)),
  ordered: (text: Sql) => text,
  element: (alias: string) => raw(`${alias}.value`),
  one: raw('select 1'),
  contains: (text: Sql, part: string) => sql`instr(${text}, ${part}) > 0`,
  startsWith: (text: Sql, part: string) =>
    sql`left(${text}, ${raw(String(lengthOf(part)))}) = ${part}`,
  endsWith: (text: Sql, part: string) =>
    sql`right(${text}, ${raw(String(lengthOf(part)))}) = ${part}`,
  orderBy: (expression: Sql, descending: boolean) =>
    join([expression, raw(descending ? ' desc nulls first' : ' asc nulls last')], ''),
  adopt: () => [],
  dropIndex: (_table: string, index: string) => `drop index ${quoted(index)}`,
  explain: (statement: Sql) => sql`explain ${statement}`,
} satisfies Partial<Dialect>;

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The path of a member as SQLite, MariaDB and MySQL write it. */
export function jsonPath(member: string): string {
  return `$."${member.replaceAll(/["\\]/g, '')}"`;
}

/** A property of a driver's error, however the error is typed. */
export function property(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}

export function textProperty(error: unknown, name: string): string {
  const value = property(error, name);
  return typeof value === 'string' ? value : '';
}

/** System errors of a connection that could not be made or did not last. */
export function isConnectionError(error: unknown): boolean {
  if (NETWORK.has(textProperty(error, 'code')) || property(error, 'fatal') === true) return true;
  const inner = property(error, 'errors'); // several addresses were tried
  return Array.isArray(inner) && inner.some(isConnectionError);
}

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT', // a Unix socket that is not there
  'EACCES',
]);
