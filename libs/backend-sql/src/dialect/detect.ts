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

/** What is known of a database once it answers. */
export interface Detected {
  readonly dialect: Dialect;
  /** Most bytes of a resource. */
  readonly largestResource: number;
}

/**
 * The database that answers: `mysql://` is commonly said of MariaDB, too.
 * @throws Error for one that is set up so that it cannot be used safely, with what to do
 */
export async function detect(kind: DatabaseKind, pool: Pool): Promise<Detected> {
  switch (kind) {
    case 'sqlite':
      return { dialect: BY_KIND.sqlite, largestResource: 100 * MB };
    case 'postgres':
      await checkEncoding(pool);
      // An element of `jsonb` has 28 bits for its size, and every value is in it twice.
      return { dialect: BY_KIND.postgres, largestResource: 64 * MB };
    case 'mysql':
    case 'mariadb':
      return mysqlOrMariaDb(pool);
  }
}

const MB = 1024 * 1024;

async function checkEncoding(pool: Pool): Promise<void> {
  const [row] = await ask(
    pool,
    `select current_database() as name, current_setting('server_encoding') as encoding`,
  );
  if (row?.encoding === 'UTF8') return;
  throw new Error(
    `The database ${JSON.stringify(row?.name)} has the encoding ${row?.encoding}, which cannot hold every character. Create one with: create database … encoding 'UTF8' template template0; and move what is stored with pg_dump and psql.`,
  );
}

async function mysqlOrMariaDb(pool: Pool): Promise<Detected> {
  const [row] = await ask(
    pool,
    'select version() as version, @@sql_mode as mode, @@max_allowed_packet as packet',
  );
  // The driver escapes values with backslashes, which this mode takes for plain characters.
  if (String(row?.mode).includes('NO_BACKSLASH_ESCAPES')) {
    throw new Error('The database has the sql_mode NO_BACKSLASH_ESCAPES, which must be off.');
  }
  const isMariaDb = String(row?.version).toLowerCase().includes('mariadb');
  // A resource is in its statement twice, what others show of it once more, and escaping may double
  // all of it; names and keys come on top.
  const largestResource = Math.floor((Number(row?.packet) - 64 * 1024) / 6);
  return { dialect: isMariaDb ? MARIADB : MYSQL, largestResource };
}

async function ask(
  pool: Pool,
  text: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return pool
    .use('read', (runner) => runner.query(text))
    .catch((error: unknown) => {
      throw unavailable(driverError(error));
    });
}
