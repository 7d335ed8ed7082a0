import { cancelPostgres } from '../connection/cancel.js';
import { raw, sql } from '../connection/statement.js';
import type { ColumnKind, Dialect, Failure } from './dialect.js';
import { isConnectionError, STANDARD, textProperty } from './standard.js';

// "C" compares by code points in UTF-8, whatever the locale of the database.
const TYPES: Readonly<Record<ColumnKind, string>> = {
  key: 'varchar(640) collate "C"',
  id: 'varchar(255)',
  short: 'varchar(255) collate "C"',
  text: 'text',
  details: 'json',
  search: 'jsonb',
  whole: 'bigint',
  counter: 'bigserial',
};

/** PostgreSQL 12 and newer, and what speaks its protocol and SQL. */
export const POSTGRES: Dialect = {
  ...STANDARD,
  kind: 'postgres',
  placeholder: (n) => `$${n}`,
  columnType: (kind) => TYPES[kind],
  forShare: raw(' for key share'),
  now: raw('(extract(epoch from clock_timestamp()) * 1000)::bigint'),
  // `set local` ends with the transaction, which is all that a pooler in transaction mode keeps.
  begin: (timeout) => [
    `begin isolation level read committed; set local statement_timeout = ${timeout}; set local lock_timeout = ${timeout}`,
  ],
  cancel: cancelPostgres,
  beginSnapshot: (timeout) => [
    `begin isolation level repeatable read read only; set local statement_timeout = ${timeout}`,
  ],
  ordered: (text) => sql`${text} collate "C"`,
  text: (node, member) => sql`(${node} ->> ${member}::text)`,
  number: (node, member) => sql`(${node} ->> ${member}::text)::float8`,
  has: (node, member) => sql`(${node} -> ${member}::text) is not null`,
  elements: (node, member, alias) =>
    sql`jsonb_array_elements(${node} -> ${member}::text) with ordinality as ${raw(alias)}(value, ordinal)`,
  ordinal: (alias) => raw(`${alias}.ordinal`),
  contains: (text, part) => sql`strpos(${text}, ${part}) > 0`,
  // Also what the user has no rights to, so that those can be named.
  columnsOf: (table) => sql`
    select attname as name from pg_attribute a
    join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = coalesce(current_schema(), 'public') and c.relname = ${table}
      and a.attnum > 0 and not a.attisdropped`,
  indexesOf: (table) => sql`
    select indexname as name from pg_indexes
    where schemaname = coalesce(current_schema(), 'public') and tablename = ${table}`,
  failureOf,
};

function failureOf(error: unknown): Failure {
  const code = textProperty(error, 'code');
  const message = textProperty(error, 'message');
  switch (code) {
    case '40001': // serialization failure, also at commit
    case '40P01': // deadlock
      return { kind: 'retry' };
    case '23505':
      // System catalogs are written by a `create` that another one was faster than.
      return textProperty(error, 'table').startsWith('pg_') ||
        textProperty(error, 'schema') === 'pg_catalog'
        ? { kind: 'there-already' }
        : { kind: 'duplicate', about: textProperty(error, 'constraint') || message };
    case '42P07': // duplicate table, index
    case '42701': // duplicate column
    case '42710': // duplicate object
    case '42P06':
      return { kind: 'there-already' };
    case '42501':
    case '3F000': // no schema that the user may use
      return { kind: 'forbidden' };
    case '25006': // read-only: a replica, or one that is about to become the primary
    case '55P03': // lock not available
    case '57014': // statement timeout
    case '0A000':
      return code === '0A000' ? { kind: 'other' } : { kind: 'unavailable' };
    default:
      break;
  }
  if (/^(08|53|57P|58|XX|3D000|28)/.test(code)) return { kind: 'unavailable' };
  if (/^(22|54)/.test(code)) return { kind: 'value' };
  const lost =
    /connection terminated|timeout exceeded|query read timeout|client has encountered|not queryable|server conn/i;
  return isConnectionError(error) || lost.test(message)
    ? { kind: 'unavailable' }
    : { kind: 'other' };
}
