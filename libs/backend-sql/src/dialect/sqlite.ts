import { raw, sql } from '../connection/statement.js';
import type { ColumnKind, Dialect, Failure } from './dialect.js';
import { isConnectionError, jsonPath, lengthOf, STANDARD, textProperty } from './standard.js';

const TYPES: Readonly<Record<ColumnKind, string>> = {
  key: 'varchar(640)',
  id: 'varchar(255)',
  short: 'varchar(255)',
  text: 'text',
  details: 'json',
  search: 'text',
  whole: 'integer',
  counter: 'integer primary key autoincrement',
};

/** SQLite 3.38 and newer; texts are compared by their bytes, which is by code points. */
export const SQLITE: Dialect = {
  ...STANDARD,
  kind: 'sqlite',
  columnType: (kind) => TYPES[kind],
  // One transaction writes at a time.
  forUpdate: raw(''),
  forShare: raw(''),
  now: raw("cast(unixepoch('subsec') * 1000 as integer)"),
  begin: () => ['begin immediate'],
  beginSnapshot: () => ['begin'],
  text: (node, member) => sql`json_extract(${node}, ${jsonPath(member)})`,
  number: (node, member) => sql`json_extract(${node}, ${jsonPath(member)})`,
  has: (node, member) => sql`json_type(${node}, ${jsonPath(member)}) is not null`,
  elements: (node, member, alias) => sql`json_each(${node}, ${jsonPath(member)}) as ${raw(alias)}`,
  ordinal: (alias) => raw(`${alias}.key`),
  startsWith: (text, part) => sql`substr(${text}, 1, ${raw(String(lengthOf(part)))}) = ${part}`,
  endsWith: (text, part) => {
    const length = lengthOf(part);
    return length === 0
      ? sql`${text} is not null`
      : sql`(length(${text}) >= ${raw(String(length))} and substr(${text}, ${raw(String(-length))}) = ${part})`;
  },
  columnsOf: (table) => sql`select name from pragma_table_info(${table})`,
  indexesOf: (table) => sql`select name from pragma_index_list(${table})`,
  explain: (statement) => sql`explain query plan ${statement}`,
  failureOf,
};

function failureOf(error: unknown): Failure {
  const code = textProperty(error, 'code');
  const message = textProperty(error, 'message');
  if (code === 'SQLITE_CONSTRAINT_PRIMARYKEY' || code === 'SQLITE_CONSTRAINT_UNIQUE') {
    return { kind: 'duplicate', about: message };
  }
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return { kind: 'retry' };
  if (code.startsWith('SQLITE_READONLY')) return { kind: 'forbidden' };
  if (/^SQLITE_(IOERR|FULL|CANTOPEN|CORRUPT|NOTADB)/.test(code)) return { kind: 'unavailable' };
  if (code === 'SQLITE_TOOBIG' || /too big/.test(message)) return { kind: 'value' };
  if (/already exists|duplicate column/.test(message)) return { kind: 'there-already' };
  return isConnectionError(error) ? { kind: 'unavailable' } : { kind: 'other' };
}
