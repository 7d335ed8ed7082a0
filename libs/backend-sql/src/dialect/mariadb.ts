import { sql } from '../connection/statement.js';
import { collated, mysqlFamily } from './mysql-family.js';
import { jsonPath } from './standard.js';

const COLLATION = 'utf8mb4_nopad_bin';

/** MariaDB 10.6 and newer, whose JSON is text. */
export const MARIADB = mysqlFamily(
  COLLATION,
  'longtext character set utf8mb4 collate utf8mb4_bin',
  {
    kind: 'mariadb',
    text: (node, member) => collated(sql`json_value(${node}, ${jsonPath(member)})`, COLLATION),
    has: (node, member) => sql`json_exists(${node}, ${jsonPath(member)})`,
  },
);
