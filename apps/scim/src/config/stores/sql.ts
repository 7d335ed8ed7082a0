import { Secret, Text, WholeNumber } from '../variables/kinds.js';
import { complaintOf, defineStore, withoutSecrets } from './store.js';

export class SqlVariables {
  /**
   * Keeps the resources in a SQL database: `postgresql://user:password@host:5432/db`, `mysql://…`,
   * `mariadb://…`, `sqlite:///relative`, `sqlite:////absolute`; a `+driver` is ignored.
   * `?sslmode=require` or `verify-full` (PostgreSQL), `?ssl=true` or `?ssl_verify_cert=true` (MySQL,
   * MariaDB) encrypt.
   */
  @Secret()
  @Text()
  DATABASE_URL = '';

  /** Most connections to the database at once, for each tenant. */
  @WholeNumber(1, 1000)
  DATABASE_POOL_SIZE = 10;

  /** Seconds after which a statement of the database is given up. */
  @WholeNumber(1, 3600)
  DATABASE_TIMEOUT = 30;
}

/** Options of the address that encrypt, see `libs/backend-sql`. */
const ENCRYPTING = /^(?:sslmode=(?:require|verify-ca|verify-full)|ssl=true|ssl_verify_cert=true)$/i;

/** PostgreSQL, MariaDB, MySQL or SQLite. */
export const sqlStore = defineStore({
  name: 'SQL',
  variables: SqlVariables,
  chosenBy: 'DATABASE_URL',
  settings: (variables) =>
    Object.freeze({
      url: variables.DATABASE_URL,
      poolSize: variables.DATABASE_POOL_SIZE,
      /** Seconds. */
      timeout: variables.DATABASE_TIMEOUT,
    }),
  place: ({ url }) => withoutSecrets(url),
  guarantees:
    'any number of instances; a change, its members, unique values and its event are one transaction',
  peers: ({ url }) => {
    if (!URL.canParse(url) || /^sqlite/i.test(url)) return [];
    const { hostname, searchParams } = new URL(url);
    const tls = [...searchParams].some(([name, value]) => ENCRYPTING.test(`${name}=${value}`));
    return [{ name: 'The database', host: hostname, encrypted: tls }];
  },
  check: async ({ url }) => {
    const { parseDatabaseUrl } = await import('#backend-sql');
    return complaintOf(() => parseDatabaseUrl(url));
  },
  module: async ({ url, poolSize, timeout }, { name, isDefault, logger, noticed }) => {
    const { SqlModule } = await import('#backend-sql');
    return SqlModule.register({
      url,
      poolSize,
      statementTimeout: timeout * 1000,
      prefix: isDefault ? '' : `${name}_`,
      report: ({ kind, message, cause }) => {
        noticed?.(kind);
        const level = kind === 'taking-over' ? 'info' : 'warn';
        logger[level]({ kind, err: cause }, message);
      },
    });
  },
});
