import { raw, sql } from '../connection/statement.js';
import type { ColumnKind, Dialect, Failure } from './dialect.js';
import {
  isConnectionError,
  jsonPath,
  lengthOf,
  property,
  STANDARD,
  textProperty,
} from './standard.js';

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
  holdsUp: true,
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

/** Result codes of SQLite, https://www.sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const TOO_BIG = 18;
const CONSTRAINT_PRIMARY_KEY = 1555;
const CONSTRAINT_UNIQUE = 2067;
/** Input and output, corrupt, full, cannot be opened, not a database. */
const AWAY: readonly unknown[] = [10, 11, 13, 14, 26];

function failureOf(error: unknown): Failure {
  const code = property(error, 'errcode');
  const message = textProperty(error, 'message');
  if (code === CONSTRAINT_PRIMARY_KEY || code === CONSTRAINT_UNIQUE) {
    return { kind: 'duplicate', about: message };
  }
  // The lower octet is the kind of the failure, the others say more.
  const kind = typeof code === 'number' ? code & 0xff : undefined;
  if (kind === BUSY || kind === LOCKED) return { kind: 'retry' };
  if (kind === READONLY) return { kind: 'forbidden' };
  if (kind === TOO_BIG || /too big/.test(message)) return { kind: 'value' };
  if (AWAY.includes(kind)) return { kind: 'unavailable' };
  if (/already exists|duplicate column/.test(message)) return { kind: 'there-already' };
  return isConnectionError(error) ? { kind: 'unavailable' } : { kind: 'other' };
}
