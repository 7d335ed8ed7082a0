import { readFileSync } from 'node:fs';
import type { mongo } from 'mongoose';
import { fixtureOf, registry } from '#backend-testkit';
import type { JsonObject, ResourceType } from '#scim';
import {
  execute,
  type MongoKind,
  type MongoServer,
  startMongo,
} from '../../../../test/support/mongo.js';
import type { MongoBackend } from '../mongo.backend.js';
import { MongoConnector } from '../mongo.connector.js';
import type { MongoBackendOptions, MongoNotice } from '../mongo.options.js';

export const KINDS: readonly MongoKind[] = ['replica set', 'standalone'];

/** An opened backend with everything a test needs at hand. */
export type Opened = ReturnType<typeof fixtureOf> & { readonly backend: MongoBackend };

/** A database of a test's own, and backends over it. */
export class Scratch {
  readonly notices: MongoNotice[] = [];
  private readonly opened: MongoBackend[] = [];
  private database: string;

  private constructor(readonly server: MongoServer) {
    this.database = server.createDatabase();
  }

  static async start(kind: MongoKind): Promise<Scratch> {
    return new Scratch(await startMongo(kind));
  }

  /** Goes on with an empty database. */
  async renew(): Promise<void> {
    await this.close();
    this.notices.length = 0;
    this.database = this.server.createDatabase();
  }

  async open(
    over: Partial<MongoBackendOptions> = {},
    types: readonly ResourceType[] = registry.types,
  ): Promise<Opened> {
    const backend = await new MongoConnector({
      url: this.server.url,
      database: this.database,
      report: (notice) => this.notices.push(notice),
      ...over,
    }).open(types);
    this.opened.push(backend);
    return Object.assign(fixtureOf(backend), { backend });
  }

  /** Runs a command on the database, as other software does. */
  run(command: Readonly<Record<string, unknown>>): Promise<mongo.Document> {
    return execute(this.server.url, this.database, command);
  }

  /** All documents of a collection, as they are. */
  async documents(collection: string, filter: mongo.Document = {}): Promise<mongo.Document[]> {
    const { cursor } = await this.run({ find: collection, filter, batchSize: 10_000 });
    return cursor.firstBatch;
  }

  /** The reference's collections. */
  async restore(): Promise<void> {
    for (const [collection, documents] of Object.entries(REFERENCE)) {
      await this.run({ insert: collection, documents });
    }
  }

  async close(): Promise<void> {
    for (const backend of this.opened.splice(0)) await backend.close();
  }

  async remove(): Promise<void> {
    await this.close();
    await this.server.remove();
  }
}

function testData(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../test-data/${name}`, import.meta.url), 'utf8'));
}

export const REFERENCE = testData('mongo.json') as Readonly<Record<string, readonly JsonObject[]>>;
/** What the reference's API answers for it. */
export const EXPECTED = testData('mongo.expected.json') as {
  readonly users: readonly JsonObject[];
  readonly groups: readonly JsonObject[];
};
