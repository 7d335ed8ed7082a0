import { raw, sql } from '../connection/statement.js';
import { collated, mysqlFamily } from './mysql-family.js';
import { jsonPath } from './standard.js';

const COLLATION = 'utf8mb4_0900_bin';

/** MySQL 8.0.17 and newer, whose JSON is a type of its own with a null of its own. */
export const MYSQL = mysqlFamily(
  { collation: COLLATION, search: 'json', isolation: 'transaction_isolation' },
  {
    kind: 'mysql',
    // A semi-join would forget which row the lists are of.
    one: raw('select /*+ NO_SEMIJOIN() */ 1'),
    limited: ({ texts: [first = '', ...others], params }, timeout) => ({
      texts: [
        first.replace(/^\s*select\b/, `select /*+ MAX_EXECUTION_TIME(${timeout}) */`),
        ...others,
      ],
      params,
    }),
    text: (node, member) =>
      collated(
        sql`json_unquote(nullif(json_extract(${node}, ${jsonPath(member)}), cast('null' as json)))`,
        COLLATION,
      ),
    has: (node, member) => sql`json_contains_path(${node}, 'one', ${jsonPath(member)})`,
  },
);
