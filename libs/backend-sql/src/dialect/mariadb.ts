import { raw, sql } from '../connection/statement.js';
import { collated, mysqlFamily } from './mysql-family.js';
import { jsonPath } from './standard.js';

const COLLATION = 'utf8mb4_nopad_bin';

/** MariaDB 10.6 and newer, whose JSON is text. */
export const MARIADB = mysqlFamily(
  {
    collation: COLLATION,
    search: 'longtext character set utf8mb4 collate utf8mb4_bin',
    isolation: 'tx_isolation',
  },
  {
    kind: 'mariadb',
    one: raw('select 1'),
    limited: (select, timeout) =>
      sql`set statement max_statement_time = ${raw(String(timeout / 1000))} for ${select}`,
    text: (node, member) => collated(sql`json_value(${node}, ${jsonPath(member)})`, COLLATION),
    has: (node, member) => sql`json_exists(${node}, ${jsonPath(member)})`,
  },
);
