import {
  answered,
  type Backend,
  type Capabilities,
  capabilities,
  type ResourceStore,
} from '#backend';
import type { ResourceType } from '#scim';
import { type Database, unavailable } from './connection/database.js';
import type { Pool } from './connection/pool.js';
import { sql } from './connection/statement.js';
import { Expander } from './read/expand.js';
import { Steps } from './read/steps.js';
import { slotsOf } from './schema/counts.js';
import type { Derivation } from './schema/derivation.js';
import type { Layout } from './schema/layout.js';
import { State } from './schema/state.js';
import { SqlStore } from './sql.store.js';
import { SqlOutbox } from './write/sql.outbox.js';
import { SqlWriter } from './write/sql.writer.js';

/** Resources in PostgreSQL, MariaDB, MySQL or SQLite: tables that are read by hand as well. */
export class SqlBackend implements Backend {
  readonly supports: Capabilities;
  readonly outbox: SqlOutbox;
  private readonly stores: ReadonlyMap<string, ResourceStore>;

  constructor(
    private readonly pool: Pool,
    readonly database: Database,
    readonly layout: Layout,
    largestResource: number,
    readonly derivation: Derivation,
  ) {
    this.supports = capabilities({
      cas: 'atomic',
      unique: 'atomic',
      inverses: true,
      cascade: true,
      targets: true,
      largestResource,
    });
    this.outbox = new SqlOutbox(database, layout.shared);
    const steps = new Steps(database);
    const expander = new Expander(database, layout, steps);
    const writer = new SqlWriter(database, layout, slotsOf(database));
    this.stores = new Map(
      layout.types.map((type) => [
        type.type.name,
        new SqlStore(database, layout, type, expander, writer, steps),
      ]),
    );
  }

  async close(): Promise<void> {
    await this.derivation.stop();
    await this.pool.close();
  }

  async ping(signal: AbortSignal): Promise<void> {
    await answered(this.database.rows(sql`select 1 as one`), signal, unavailable);
  }

  keep(name: string, proposed: string): Promise<string> {
    return new State(this.database, this.layout.shared.state).keep(`kept ${name}`, proposed);
  }

  store(type: ResourceType): ResourceStore {
    const store = this.stores.get(type.name);
    if (store === undefined) throw new Error(`the backend was not opened for ${type.name}`);
    return store;
  }
}
