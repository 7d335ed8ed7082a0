import type { Backend, Capabilities, OutboxStore, ResourceStore } from '#backend';
import type { ResourceType } from '#scim';
import { Database, unavailable } from './connection/database.js';
import { type DatabaseAddress, parseDatabaseUrl } from './connection/database-url.js';
import { connect, type Pool } from './connection/pool.js';
import { sql } from './connection/statement.js';
import { dialectOf } from './dialect/detect.js';
import { Expander } from './read/expand.js';
import { slotsOf } from './schema/counts.js';
import { type Layout, layoutOf } from './schema/layout.js';
import { migrate } from './schema/migration.js';
import { type Settings, type SqlBackendOptions, settingsOf } from './sql.options.js';
import { SqlStore } from './sql.store.js';
import { SqlOutbox } from './write/sql.outbox.js';
import { SqlWriter } from './write/sql.writer.js';

const SUPPORTS: Capabilities = Object.freeze({
  cas: 'atomic',
  unique: 'atomic',
  inverses: true,
  cascade: true,
  targets: true,
});

const A_DAY = 86_400_000;

/** What exists while the backend is open. */
interface Open {
  readonly pool: Pool;
  readonly layout: Layout;
  readonly database: Database;
  readonly stores: ReadonlyMap<string, ResourceStore>;
}

/** Resources in PostgreSQL, MariaDB, MySQL or SQLite: tables that are read by hand as well. */
export class SqlBackend implements Backend {
  readonly supports = SUPPORTS;
  readonly outbox: OutboxStore = new SqlOutbox(() => this.opened());
  private readonly address: DatabaseAddress;
  private readonly settings: Settings;
  private current: Open | undefined;

  /** @throws Error for a URL that cannot be understood */
  constructor(options: SqlBackendOptions) {
    this.address = parseDatabaseUrl(options.url);
    this.settings = settingsOf(options);
  }

  async open(types: readonly ResourceType[]): Promise<void> {
    const layout = layoutOf(types, this.settings.prefix);
    await this.migrate(layout);
    const pool = await this.connect(this.settings);
    try {
      const database = await this.databaseOf(pool, this.settings);
      if (this.inMemory) await migrate(database, layout, this.settings.report);
      this.current = { pool, layout, database, stores: storesOf(database, layout) };
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.current?.pool.close();
  }

  async ping(signal: AbortSignal): Promise<void> {
    const answer = this.opened().database.rows(sql`select 1 as one`);
    answer.catch(() => undefined); // reported below, unless nobody waits any more
    await Promise.race([answer, aborted(signal)]);
  }

  store(type: ResourceType): ResourceStore {
    const store = this.opened().stores.get(type.name);
    if (store === undefined) throw new Error(`the backend was not opened for ${type.name}`);
    return store;
  }

  /** What statements are made of, to ask the database how it would run them. */
  internals(): { readonly database: Database; readonly layout: Layout } {
    return this.opened();
  }

  /** With connections of its own, since an index of a large table takes its time. */
  private async migrate(layout: Layout): Promise<void> {
    if (this.inMemory) return;
    const settings = { ...this.settings, statementTimeout: A_DAY, poolSize: 2 };
    const pool = await this.connect(settings);
    try {
      await migrate(await this.databaseOf(pool, settings), layout, settings.report);
    } finally {
      await pool.close();
    }
  }

  private get inMemory(): boolean {
    return this.address.kind === 'sqlite' && this.address.file === ':memory:';
  }

  private async databaseOf(pool: Pool, { statementTimeout }: Settings): Promise<Database> {
    return new Database(await dialectOf(this.address.kind, pool), pool, statementTimeout);
  }

  private async connect(settings: Settings): Promise<Pool> {
    try {
      return await connect(this.address, settings);
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  private opened(): Open {
    if (this.current === undefined) throw new Error('the backend is not open');
    return this.current;
  }
}

function storesOf(database: Database, layout: Layout): ReadonlyMap<string, ResourceStore> {
  const expander = new Expander(database, layout);
  const writer = new SqlWriter(database, layout, slotsOf(database));
  return new Map(
    layout.types.map((type) => [
      type.type.name,
      new SqlStore(database, layout, type, expander, writer),
    ]),
  );
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(unavailable(signal.reason));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
