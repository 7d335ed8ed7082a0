import type { Connector } from '#backend';
import type { ResourceType } from '#scim';
import { connectFailure } from './connection/connect-failure.js';
import { Database } from './connection/database.js';
import { type DatabaseAddress, parseDatabaseUrl } from './connection/database-url.js';
import { connect, type Pool } from './connection/pool.js';
import { checkPlace } from './connection/sqlite-place.js';
import { detect } from './dialect/detect.js';
import { Derivation } from './schema/derivation.js';
import { type Layout, layoutOf } from './schema/layout.js';
import { migrate, requireRights } from './schema/migration.js';
import { checkNames } from './schema/names.js';
import { SqlBackend } from './sql.backend.js';
import { type Settings, type SqlBackendOptions, settingsOf } from './sql.options.js';

const A_DAY = 86_400_000;

/** Connects to a database and brings its tables up to date. */
export class SqlConnector implements Connector {
  private readonly address: DatabaseAddress;
  private readonly settings: Settings;

  /** @throws Error for a URL that cannot be understood */
  constructor(options: SqlBackendOptions) {
    this.address = parseDatabaseUrl(options.url);
    this.settings = settingsOf(options);
  }

  async open(types: readonly ResourceType[]): Promise<SqlBackend> {
    const layout = layoutOf(types, this.settings.prefix);
    await this.migrate(layout);
    const pool = await this.connect(this.settings);
    try {
      const { dialect, largestResource } = await detect(this.address.kind, pool);
      const database = new Database(dialect, pool, this.settings.statementTimeout);
      if (this.inMemory) await migrate(database, layout, this.settings.report);
      const { report, deriveEvery } = this.settings;
      const derivation = new Derivation(database, layout, report, deriveEvery);
      derivation.start();
      return new SqlBackend(pool, database, layout, largestResource, derivation);
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  async reach(types: readonly ResourceType[]): Promise<void> {
    // A file that is not there yet would be made by looking into it.
    if (this.address.kind === 'sqlite') {
      return checkPlace(this.address.file);
    }
    const pool = await this.connect({ ...this.settings, poolSize: 1 });
    try {
      const { dialect } = await detect(this.address.kind, pool);
      const layout = layoutOf(types, this.settings.prefix);
      checkNames(dialect.kind, layout);
      await requireRights(new Database(dialect, pool, this.settings.statementTimeout), layout);
    } finally {
      await pool.close();
    }
  }

  /** With connections of its own, since an index of a large table takes its time. */
  private async migrate(layout: Layout): Promise<void> {
    if (this.inMemory) return;
    const settings = { ...this.settings, statementTimeout: A_DAY, poolSize: 2 };
    const pool = await this.connect(settings);
    try {
      const { dialect } = await detect(this.address.kind, pool);
      checkNames(dialect.kind, layout);
      await migrate(new Database(dialect, pool, A_DAY), layout, settings.report);
    } finally {
      await pool.close();
    }
  }

  private get inMemory(): boolean {
    return this.address.kind === 'sqlite' && this.address.file === ':memory:';
  }

  private async connect(settings: Settings): Promise<Pool> {
    try {
      return await connect(this.address, settings);
    } catch (cause) {
      throw connectFailure(this.address, cause);
    }
  }
}
