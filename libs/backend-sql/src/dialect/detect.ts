import { driverError, unavailable } from '../connection/database.js';
import type { Pool } from '../connection/pool.js';
import type { DatabaseKind } from '../sql.options.js';
import type { Dialect } from './dialect.js';
import { MARIADB } from './mariadb.js';
import { MYSQL } from './mysql.js';
import { POSTGRES } from './postgres.js';
import { SQLITE } from './sqlite.js';

const BY_KIND: Readonly<Record<DatabaseKind, Dialect>> = {
  postgres: POSTGRES,
  mariadb: MARIADB,
  mysql: MYSQL,
  sqlite: SQLITE,
};

/**
 * The dialect of the server that answers: `mysql://` is commonly said of MariaDB, too.
 * @throws Error for a server that is set up so that it cannot be used safely
 */
export async function dialectOf(kind: DatabaseKind, pool: Pool): Promise<Dialect> {
  if (kind !== 'mysql' && kind !== 'mariadb') return BY_KIND[kind];
  const [row] = await pool
    .use('read', (runner) => runner.query('select version() as version, @@sql_mode as mode'))
    .catch((error: unknown) => {
      throw unavailable(driverError(error));
    });
  // The driver escapes values with backslashes, which this mode takes for plain characters.
  if (String(row?.mode).includes('NO_BACKSLASH_ESCAPES')) {
    throw new Error('The database has the sql_mode NO_BACKSLASH_ESCAPES, which must be off.');
  }
  return String(row?.version).toLowerCase().includes('mariadb') ? MARIADB : MYSQL;
}
