import {
  answered,
  type Backend,
  type Capabilities,
  capabilities,
  type ResourceStore,
} from '#backend';
import type { ResourceType } from '#scim';
import type { Database } from './connection/database.js';
import { unavailable } from './connection/failure.js';
import type { Layout } from './layout/layout.js';
import type { MongoNotice } from './mongo.options.js';
import { MongoStore } from './mongo.store.js';
import type { Counts } from './read/counts.js';
import { Elements } from './read/elements.js';
import { Expander } from './read/expand.js';
import { Convergence } from './start/convergence.js';
import type { Marks } from './start/marks.js';
import { MongoOutbox } from './write/mongo.outbox.js';
import { MongoWriter } from './write/mongo.writer.js';
import { Upkeep } from './write/upkeep.js';

/** A document holds 16 MiB, of which what is derived for look-ups may take more than a half. */
const LARGEST = 6 * 1024 * 1024;

/** Resources in MongoDB: collections that are read by hand as well. */
export class MongoBackend implements Backend {
  readonly supports: Capabilities;
  readonly outbox?: MongoOutbox;
  private readonly stores: ReadonlyMap<string, ResourceStore>;
  private readonly upkeep: Upkeep;
  readonly convergence: Convergence;
  private closing: Promise<void> | undefined;

  constructor(
    readonly database: Database,
    readonly layout: Layout,
    {
      counts,
      marks,
      report,
    }: {
      readonly counts: Counts;
      readonly marks: Marks;
      readonly report: (notice: MongoNotice) => void;
    },
  ) {
    this.supports = promises(database.hasTransactions);
    if (database.hasTransactions) this.outbox = new MongoOutbox(database, layout.shared);
    const elements = new Elements(database);
    const expander = new Expander(database, elements);
    const writer = new MongoWriter(database, layout, counts);
    const parts = { database, elements, expander, counts, marks, writer };
    this.stores = new Map(
      layout.types.map((type) => [type.type.name, new MongoStore(type, parts)]),
    );
    this.upkeep = new Upkeep(database, layout, report);
    this.convergence = new Convergence(database, layout, marks, report);
    this.upkeep.start();
    this.convergence.start();
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    await this.upkeep.stop();
    await this.convergence.stop();
    await this.database.close();
  }

  async ping(signal: AbortSignal): Promise<void> {
    await answered(this.database.ping(), signal, unavailable);
  }

  async keep(name: string, proposed: string): Promise<string> {
    const state = this.database.collection<{ _id: string; text: string }>(this.layout.shared.state);
    const kept = await this.database.run(() =>
      state.findOneAndUpdate(
        { _id: `kept:${name}` },
        { $setOnInsert: { text: proposed } },
        { upsert: true, returnDocument: 'after', ...this.database.options() },
      ),
    );
    return kept?.text ?? proposed;
  }

  store(type: ResourceType): ResourceStore {
    const store = this.stores.get(type.name);
    if (store === undefined) throw new Error(`the backend was not opened for ${type.name}`);
    return store;
  }
}

/** What holds of a server with transactions, and of one without. */
function promises(hasTransactions: boolean): Capabilities {
  return capabilities({
    cas: 'atomic',
    unique: 'atomic',
    inverses: true,
    cascade: hasTransactions,
    targets: hasTransactions,
    largestResource: LARGEST,
  });
}
