import type { Backend, Capabilities, OutboxStore, ResourceStore } from '#backend';
import type { ResourceType } from '#scim';
import { Database, unavailable } from './database.js';
import { type DatabaseAddress, parseDatabaseUrl } from './database-url.js';
import { dialectOf } from './dialect/detect.js';
import { Expander } from './expand.js';
import { connect, type Pool } from './pool.js';
import { slotsOf } from './schema/counts.js';
import { type Layout, layoutOf } from './schema/layout.js';
import { migrate } from './schema/migration.js';
import { type Settings, type SqlBackendOptions, settingsOf } from './sql.options.js';
import { SqlOutbox } from './sql.outbox.js';
import { SqlStore } from './sql.store.js';
import { SqlWriter } from './sql.writer.js';
import { sql } from './statement.js';

const SUPPORTS: Capabilities = Object.freeze({
  cas: 'atomic',
  unique: 'atomic',
  inverses: true,
  cascade: true,
  targets: true,
});

/** What exists while the backend is open. */
interface Open {
  readonly pool: Pool;
  readonly layout: Layout;
  readonly database: Database;
  readonly stores: ReadonlyMap<string, ResourceStore>;
  readonly outbox: OutboxStore;
}

/** Resources in PostgreSQL, MariaDB, MySQL or SQLite: tables that are read by hand as well. */
export class SqlBackend implements Backend {
  readonly supports = SUPPORTS;
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
    const pool = await this.connect();
    try {
      const dialect = await dialectOf(this.address.kind, pool);
      const database = new Database(dialect, pool, this.settings.statementTimeout);
      await migrate(database, layout, this.settings.report);
      const outbox = new SqlOutbox(database, layout.shared);
      this.current = { pool, layout, database, outbox, stores: storesOf(database, layout) };
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

  get outbox(): OutboxStore {
    return this.opened().outbox;
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

  private async connect(): Promise<Pool> {
    try {
      return await connect(this.address, this.settings);
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
