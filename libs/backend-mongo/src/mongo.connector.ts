import type { Connector } from '#backend';
import type { ResourceType } from '#scim';
import { readAddress } from './connection/address.js';
import { connect, type Topology } from './connection/connect.js';
import { layoutOf } from './layout/layout.js';
import { MongoBackend } from './mongo.backend.js';
import { type MongoBackendOptions, type Settings, settingsOf } from './mongo.options.js';
import { Counts } from './read/counts.js';
import { Marks } from './start/marks.js';
import { prepare } from './start/prepare.js';

/** Resources in MongoDB. */
export class MongoConnector implements Connector {
  private readonly settings: Settings;

  /** @throws Error for a connection string that cannot be understood */
  constructor(options: MongoBackendOptions) {
    this.settings = settingsOf(options);
    readAddress(this.settings.url);
  }

  async reach(types: readonly ResourceType[]): Promise<void> {
    const layout = layoutOf(types, this.settings.database, this.settings.prefix);
    const { database } = await connect(this.settings, layout);
    await database.close();
  }

  async open(types: readonly ResourceType[]): Promise<MongoBackend> {
    const { report } = this.settings;
    const layout = layoutOf(types, this.settings.database, this.settings.prefix);
    const { connection, database, topology } = await connect(this.settings, layout);
    try {
      report({ kind: 'server', message: MEANING[topology] });
      const marks = new Marks(database, layout);
      const counts = new Counts(database, layout);
      await prepare(connection, database, layout, counts, report);
      await marks.register();
      return new MongoBackend(database, layout, { counts, marks, report });
    } catch (error) {
      await database.close();
      throw error;
    }
  }
}

const ONE_TRANSACTION = 'a change, its members and its event are one transaction';

const MEANING: Readonly<Record<Topology, string>> = {
  'replica set': `MongoDB is a replica set: ${ONE_TRANSACTION}.`,
  'sharded cluster': `MongoDB is a sharded cluster: ${ONE_TRANSACTION}.`,
  'standalone server':
    'MongoDB is a standalone server, which has no transactions: changes are written in an order that survives a crash, and events are kept in a journal of this service. A replica set, of one server even, is better.',
};
