/** The databases that are spoken to. MariaDB and MySQL share a protocol and differ in their SQL. */
export type DatabaseKind = 'postgres' | 'mariadb' | 'mysql' | 'sqlite';

/** Something a person should know; the service goes on. Holds no attribute values. */
export interface SqlNotice {
  readonly kind: /** Stored content is being taken over or indexed anew. */
    | 'taking-over'
    /** A row that holds no resource of its type; it is not served. */
    | 'unreadable'
    /** A value that should be unique was there twice; both are served, neither can be written so. */
    | 'duplicate-value';
  readonly message: string;
  readonly cause?: unknown;
}

export interface SqlBackendOptions {
  /** `DATABASE_URL`, in the spellings of SQLAlchemy; see `parseDatabaseUrl`. */
  readonly url: string;
  /** Put before the name of every table, so that tenants share a database. Default none. */
  readonly prefix?: string;
  /**
   * Most connections at once, but for one more that ends statements nobody waits for on MariaDB and
   * MySQL. Default 10; SQLite has two, one of which writes.
   */
  readonly poolSize?: number;
  /** How long to wait for a connection, in ms, before the answer is `unavailable`. Default 5 s. */
  readonly connectTimeout?: number;
  /** How long one statement may take, in ms, before it is given up. Default 30 s. */
  readonly statementTimeout?: number;
  /** Milliseconds between two looks for rows that another schema was applied to. Default 10 s. */
  readonly deriveEvery?: number;
  /** Told about what a person should know; without it, nobody is. */
  readonly report?: (notice: SqlNotice) => void;
}

export const DEFAULTS = {
  prefix: '',
  poolSize: 10,
  connectTimeout: 5_000,
  statementTimeout: 30_000,
  deriveEvery: 10_000,
} as const;

/** The options with their defaults. */
export type Settings = Required<Omit<SqlBackendOptions, 'url'>>;

export function settingsOf(options: SqlBackendOptions): Settings {
  const { url: _, ...rest } = options;
  return { ...DEFAULTS, report: () => undefined, ...rest };
}
