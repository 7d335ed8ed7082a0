import { raw, type Sql, sql } from '../connection/statement.js';
import type { ColumnKind, Dialect, ExistingColumn, Failure } from './dialect.js';
import { isConnectionError, jsonPath, property, STANDARD, textProperty } from './standard.js';

type Own = 'kind' | 'text' | 'has' | 'limited' | 'one';

interface Family {
  readonly collation: string;
  /** Type of the column that filters look into. */
  readonly search: string;
  readonly isolation: string;
}

/**
 * What MariaDB and MySQL share. `collation` compares by code points and counts blanks at the end;
 * `isolation` is the variable of the level of the next transaction.
 */
export function mysqlFamily(
  { collation, search, isolation }: Family,
  own: Pick<Dialect, Own>,
): Dialect {
  const collate = ` character set utf8mb4 collate ${collation}`;
  const types: Readonly<Record<ColumnKind, string>> = {
    key: `varchar(640)${collate}`,
    id: `varchar(255)${collate}`,
    short: `varchar(255)${collate}`,
    text: `longtext${collate}`,
    details: 'json',
    search,
    whole: 'bigint',
    counter: 'bigint auto_increment',
  };
  const quoted = (name: string) => `\`${name.replaceAll('`', '``')}\``;
  return {
    ...STANDARD,
    ...own,
    quote: (name) => raw(quoted(name)),
    columnType: (kind) => types[kind],
    tableOptions: ` engine = InnoDB default${collate}`,
    forShare: raw(' lock in share mode'),
    now: raw('cast(unix_timestamp(now(3)) * 1000 as signed)'),
    // The isolation level is that of the next transaction only. Waiting is ended by the server.
    begin: (timeout) => [
      `set @@${isolation} = 'READ-COMMITTED', @@session.innodb_lock_wait_timeout = ${Math.ceil(timeout / 1000)}`,
      'start transaction',
    ],
    cancel: async (runner, aside) => {
      const thread = property(await runner.connect(), 'threadId');
      if (typeof thread === 'number') await aside(`kill query ${thread}`);
    },
    beginSnapshot: () => [
      'set transaction isolation level repeatable read',
      'start transaction with consistent snapshot, read only',
    ],
    ordered: (text) => text,
    number: (node, member) => sql`cast(json_extract(${node}, ${jsonPath(member)}) as double)`,
    elements: (node, member, alias) =>
      sql`json_table(json_extract(${node}, ${jsonPath(member)}), '$[*]' columns (ordinal for ordinality, value json path '$')) as ${raw(alias)}`,
    ordinal: (alias) => raw(`${alias}.ordinal`),
    orderBy: (expression, descending) =>
      descending
        ? sql`${expression} is null desc, ${expression} desc`
        : sql`${expression} is null, ${expression}`,
    columnsOf: (table) => sql`
      select column_name as name, collation_name as collation from information_schema.columns
      where table_schema = database() and table_name = ${table}`,
    indexesOf: (table) => sql`
      select distinct index_name as name from information_schema.statistics
      where table_schema = database() and table_name = ${table}`,
    // The reference's ids take the letters of another case, and blanks at the end, for the same.
    adopt: (table, columns) =>
      isOtherCollation(columns, collation)
        ? [`alter table ${quoted(table)} modify id ${types.id} not null`]
        : [],
    // As a table: newer MySQLs draw a tree unless they are told.
    explain: (statement) => sql`explain format = traditional ${statement}`,
    dropIndex: (table, index) => `drop index ${quoted(index)} on ${quoted(table)}`,
    failureOf,
  };
}

function isOtherCollation(columns: readonly ExistingColumn[], collation: string): boolean {
  return columns.some((column) => column.name === 'id' && column.collation !== collation);
}

/** The text in a collation that compares by code points. */
export function collated(text: Sql, collation: string): Sql {
  return sql`(${text} collate ${raw(collation)})`;
}

function failureOf(error: unknown): Failure {
  const message = textProperty(error, 'message');
  switch (property(error, 'errno')) {
    case 1213: // deadlock, also of a Galera cluster at commit
    case 1020: // read since the snapshot of the transaction
    case 1047: // a Galera node that is not ready
    case 1180:
      return { kind: 'retry' };
    case 1062:
    case 1586:
      return { kind: 'duplicate', about: message.slice(message.lastIndexOf(' for key ')) };
    case 1050: // table
    case 1060: // column
    case 1061: // index
      return { kind: 'there-already' };
    case 1044:
    case 1142:
    case 1143:
    case 1227:
    case 1370:
      return { kind: 'forbidden' };
    case 1406: // too long
    case 1366: // not in the character set
    case 1153: // packet
    case 3988:
      return { kind: 'value' };
    case 1021: // disk full
    case 1040: // too many connections
    case 1045: // access denied
    case 1049: // unknown database
    case 1053: // shutdown
    case 1114: // table full
    case 1158:
    case 1159:
    case 1160:
    case 1161:
    case 1203:
    case 1205: // lock wait timeout
    case 1226:
    case 1290: // read only
    case 1317: // interrupted
    case 1836:
    case 1927: // connection killed
    case 1969: // statement time
    case 2006:
    case 2013:
    case 3024:
    case 4031:
      return { kind: 'unavailable' };
    default: {
      const lost =
        /closed state|connection lost|pool is closed|server closed|unexpected packet|inactivity/i;
      const timeout = textProperty(error, 'code') === 'PROTOCOL_SEQUENCE_TIMEOUT';
      const away = isConnectionError(error) || timeout || lost.test(message);
      return { kind: away ? 'unavailable' : 'other' };
    }
  }
}
