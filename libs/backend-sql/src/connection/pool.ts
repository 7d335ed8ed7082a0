import { readFile } from 'node:fs/promises';
import { DataSource, type Logger, type QueryRunner } from 'typeorm';
import { BackendError } from '#backend';
import type { Settings } from '../sql.options.js';
import type { DatabaseAddress } from './database-url.js';
import { Gate } from './gate.js';
import { sqliteDriver } from './sqlite-driver.js';
import { sqliteLibrary } from './sqlite-library.js';

/** `read` is one statement, `snapshot` a transaction that only reads. */
export type Purpose = 'read' | 'snapshot' | 'write';

/** Connections, handed out for one transaction or statement at a time. */
export interface Pool {
  use<T>(purpose: Purpose, work: (runner: QueryRunner) => Promise<T>): Promise<T>;
  /** Runs a statement on a connection beside those that are handed out, however busy they are. */
  aside(statement: string): Promise<void>;
  /** The connection is broken: it is closed instead of used again. */
  discard(runner: QueryRunner, cause: unknown): Promise<void>;
  close(): Promise<void>;
}

/**
 * A pool of a database server's connections. They are made when needed, so a restart is survived.
 * Writes wait for one another, reads do not: some connections are never used for writes.
 */
export class ServerPool implements Pool {
  private readonly gate: Gate;
  private readonly writing: Gate;
  private readonly discarded = new WeakSet<QueryRunner>();
  private readonly working = new Set<Promise<unknown>>();
  private closing = false;

  constructor(
    private readonly source: DataSource,
    { poolSize, connectTimeout }: Settings,
  ) {
    this.gate = new Gate(poolSize, connectTimeout);
    const kept = Math.max(1, Math.floor(poolSize / 4));
    this.writing = new Gate(Math.max(1, poolSize - kept), connectTimeout);
  }

  async use<T>(purpose: Purpose, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    if (this.closing) throw closed();
    const connected = () => this.gate.run(() => this.withConnection(work));
    const done = purpose === 'write' ? this.writing.run(connected) : connected();
    this.working.add(done);
    return done.finally(() => this.working.delete(done));
  }

  private async withConnection<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.source.createQueryRunner();
    try {
      await runner.connect();
      return await work(runner);
    } finally {
      if (!this.discarded.has(runner)) await runner.release();
    }
  }

  /** The gate leaves one connection of the driver's pool for it. */
  async aside(statement: string): Promise<void> {
    const runner = this.source.createQueryRunner();
    try {
      await runner.query(statement);
    } finally {
      await runner.release();
    }
  }

  async discard(runner: QueryRunner, cause: unknown): Promise<void> {
    this.discarded.add(runner);
    if (
      'releasePostgresConnection' in runner &&
      typeof runner.releasePostgresConnection === 'function'
    ) {
      await runner.releasePostgresConnection(cause instanceof Error ? cause : new Error('broken'));
      return;
    }
    const connection: unknown = await runner.connect().catch(() => undefined);
    if (typeof connection === 'object' && connection !== null && 'destroy' in connection) {
      if (typeof connection.destroy === 'function') connection.destroy();
    }
  }

  /** TypeORM takes connections away from those who use them, so they finish first. */
  async close(): Promise<void> {
    this.closing = true;
    await Promise.allSettled(this.working);
    if (this.source.isInitialized) await this.source.destroy();
  }
}

/**
 * SQLite has one connection that writes, used by one transaction after another, one that reads what
 * was committed, and one for snapshots. A database in memory has the first one only.
 */
export class FilePool implements Pool {
  private readonly writing = new Gate(1, 60_000);
  private readonly viewing = new Gate(1, 60_000);

  constructor(
    private readonly writer: DataSource,
    private readonly readers:
      | { readonly reader: DataSource; readonly viewer: DataSource }
      | undefined,
  ) {}

  async use<T>(purpose: Purpose, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    if (!this.writer.isInitialized) throw closed();
    if (purpose !== 'write' && this.readers !== undefined) {
      const { reader, viewer } = this.readers;
      // Reads are single statements, and those do not wait for one another.
      return purpose === 'read'
        ? work(reader.createQueryRunner())
        : this.viewing.run(() => work(viewer.createQueryRunner()));
    }
    return this.writing.run(() => {
      if (!this.writer.isInitialized) throw closed();
      return work(this.writer.createQueryRunner());
    });
  }

  async aside(): Promise<void> {}

  async discard(): Promise<void> {}

  async close(): Promise<void> {
    await this.writing.run(async () => {
      const { reader, viewer } = this.readers ?? {};
      for (const source of [reader, viewer, this.writer]) {
        if (source?.isInitialized) await source.destroy();
      }
    });
  }
}

/** TypeORM would write statements with their values, those of slow ones even unasked. */
const SILENT: Logger = {
  logQuery: () => undefined,
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};

/** Connects. @throws what the driver throws */
export async function connect(address: DatabaseAddress, settings: Settings): Promise<Pool> {
  if (address.kind === 'sqlite') return connectFile(address.file);
  const source = await connectServer(address, settings);
  return new ServerPool(source, settings);
}

async function connectFile(file: string): Promise<Pool> {
  const driver = sqliteDriver(sqliteLibrary());
  const open = async (readonly: boolean): Promise<DataSource> => {
    const source = new DataSource({
      type: 'better-sqlite3',
      driver,
      logger: SILENT,
      database: file,
      statementCacheSize: 500,
      prepareDatabase: (connection: { pragma(text: string): unknown }) => {
        if (file !== ':memory:' && !readonly) connection.pragma('journal_mode = WAL');
        connection.pragma('synchronous = FULL');
        // Waiting for another process blocks this one: that is done outside, see `Database`.
        connection.pragma('busy_timeout = 25');
        if (readonly) connection.pragma('query_only = ON');
      },
    });
    return source.initialize();
  };
  const writer = await open(false);
  if (file === ':memory:') return new FilePool(writer, undefined);
  return new FilePool(writer, { reader: await open(true), viewer: await open(true) });
}

async function connectServer(
  address: Exclude<DatabaseAddress, { kind: 'sqlite' }>,
  { poolSize, connectTimeout, statementTimeout }: Settings,
): Promise<DataSource> {
  const { kind, host, port, user, password, database, socket, tls, authorities } = address;
  const ca = authorities === undefined ? {} : { ca: await readFile(authorities, 'utf8') };
  const ssl = tls === 'off' ? undefined : { rejectUnauthorized: tls === 'verify', ...ca };
  const credentials = {
    logger: SILENT,
    host,
    database,
    // One more than is handed out, to end statements on the others.
    poolSize: poolSize + 1,
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(ssl === undefined ? {} : { ssl }),
  };
  const source =
    kind === 'postgres'
      ? new DataSource({
          type: 'postgres',
          ...credentials,
          host: socket ?? host,
          connectTimeoutMS: connectTimeout,
          applicationName: 'scim-gateway',
          installExtensions: false,
          poolErrorHandler: () => undefined, // whoever needs the connection next is told
          extra: { keepAlive: true, query_timeout: statementTimeout + 1_000 },
        })
      : new DataSource({
          type: kind,
          ...credentials,
          ...(socket === undefined ? {} : { socketPath: socket }),
          charset: 'utf8mb4',
          connectTimeout,
          maxQueryExecutionTime: statementTimeout + 1_000,
          enableQueryTimeout: true,
          extra: { enableKeepAlive: true, maxIdle: poolSize, idleTimeout: 60_000 },
        });
  return source.initialize();
}

function closed(): BackendError {
  return new BackendError('unavailable', 'The backend is closed.');
}
