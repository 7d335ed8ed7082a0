/** Something a person should know; the service goes on. Holds no attribute values. */
export interface MongoNotice {
  readonly kind: /** What kind of server it is, and what that means for writes. */
    | 'server'
    /** Stored content is being taken over or indexed anew. */
    | 'taking-over'
    /** A document that holds no resource of its type; it is not served. */
    | 'unreadable'
    /** A value that should be unique was there twice; both are served, neither can be written so. */
    | 'duplicate-value'
    /** Work behind the scenes that failed and will be tried again. */
    | 'upkeep';
  readonly message: string;
  readonly cause?: unknown;
}

export interface MongoBackendOptions {
  /** `MONGO_DB`: `mongodb://` or `mongodb+srv://`; a database in it is where its user is known. */
  readonly url: string;
  /** Name of the database. Default `scim`, as the reference has it. */
  readonly database?: string;
  /** Put before the name of every collection, so that tenants share a database. Default none. */
  readonly prefix?: string;
  /** Most connections at once. Default 20. */
  readonly poolSize?: number;
  /** How long to look for a server, in ms, before the answer is `unavailable`. Default 5 s. */
  readonly selectionTimeout?: number;
  /** How long one operation may take, in ms, before it is given up. Default 30 s. */
  readonly operationTimeout?: number;
  /** Told about what a person should know; without it, nobody is. */
  readonly report?: (notice: MongoNotice) => void;
}

export const DEFAULTS = {
  database: 'scim',
  prefix: '',
  poolSize: 20,
  selectionTimeout: 5_000,
  operationTimeout: 30_000,
} as const;

/** The options with their defaults. */
export type Settings = Required<MongoBackendOptions>;

export function settingsOf(options: MongoBackendOptions): Settings {
  return { ...DEFAULTS, report: () => undefined, ...options };
}
