import {
  type Backend,
  type Capabilities,
  createRepositories,
  type EventRecord,
  namingAttributes,
  type Repository,
  type ResourceStore,
} from '#backend';
import type { ResourceType, SchemaRegistry } from '#scim';
import { type EventResource, eventResource } from '../recording/event-resource.js';
import { Journal } from './journal.js';
import type { JournalOptions } from './journal.options.js';
import type { Intent } from './journal-line.js';
import { JournaledStore, type Recorder } from './journaled.store.js';
import { type SettleContext, settle } from './settle.js';

/** How often the store is asked about writes whose outcome is not known, in ms. */
const SETTLE_EVERY = 2_000;
/** Resources of which a deleted one is looked for at once. */
const PAGE = 1_000;

export interface JournaledBackendOptions extends JournalOptions {
  readonly registry: SchemaRegistry;
}

/** Gives a backend that has no outbox of its own one that is kept in a journal. */
export class JournaledBackend implements Backend, Recorder {
  readonly supports: Capabilities;
  readonly keep?: NonNullable<Backend['keep']>;
  private readonly render: EventResource;
  private readonly stores = new Map<string, ResourceStore>();
  private readonly doubtful = new Map<string, Intent>();
  private readonly repositories: ReadonlyMap<string, Repository>;
  private timer: NodeJS.Timeout | undefined;
  private settling: Promise<void> = Promise.resolve();

  protected constructor(
    private readonly inner: Backend,
    readonly outbox: Journal,
    registry: SchemaRegistry,
  ) {
    this.supports = inner.supports;
    if (inner.keep !== undefined) this.keep = inner.keep.bind(inner);
    this.render = eventResource(registry);
    this.repositories = createRepositories(inner, registry);
  }

  /**
   * Opens the journal of an open backend, which is closed if that fails, and finds out what became of
   * the writes that were under way when the last run ended.
   * @throws BackendError `unavailable`; Error if the journal is in use
   */
  static async around(
    inner: Backend,
    { registry, ...options }: JournaledBackendOptions,
  ): Promise<JournaledBackend> {
    const journal = new Journal(options);
    try {
      await journal.open();
    } catch (error) {
      await inner.close();
      throw error;
    }
    const backend = new this(inner, journal, registry);
    for (const intent of journal.openIntents) backend.doubtful.set(intent.id, intent);
    await backend.settle();
    return backend;
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.settling;
    await this.outbox.close();
    await this.inner.close();
  }

  ping(signal: AbortSignal): Promise<void> {
    return this.inner.ping(signal);
  }

  /** A change that cannot be recorded is not made. */
  async pingWrites(signal: AbortSignal): Promise<void> {
    await this.inner.pingWrites?.(signal);
    await this.outbox.ready();
  }

  store(type: ResourceType): ResourceStore {
    const known = this.stores.get(type.name);
    if (known !== undefined) return known;
    const store = new JournaledStore(type, this.inner.store(type), this.supports, this);
    this.stores.set(type.name, store);
    return store;
  }

  begin(intent: Intent): Promise<void> {
    return this.outbox.begin(intent);
  }

  async end(intent: Intent, records: readonly EventRecord[]): Promise<void> {
    // A journal that was closed meanwhile leaves the intent to the next start.
    await this.outbox.end(intent, records).catch(() => undefined);
  }

  doubt(intent: Intent): void {
    this.doubtful.set(intent.id, intent);
    this.settleSoon();
  }

  async holders(type: ResourceType, id: string): Promise<NonNullable<Intent['others']>> {
    const found = new Map<string, { type: string; id: string }>();
    for (const repository of this.repositories.values()) {
      const { relations, references } = namingAttributes(repository.type, type);
      for (const attribute of [...relations, ...references]) {
        const sub = attribute.subByName.get('value');
        const path = { element: false, attribute, sub };
        const filter = { kind: 'compare', path, operator: 'eq', value: id } as const;
        for (let offset = 0; ; offset += PAGE) {
          const page = await repository.query({ filter, start: { offset }, limit: PAGE });
          for (const { id: holder } of page.items) {
            if (repository.type === type && holder === id) continue;
            found.set(`${repository.type.name}/${holder}`, {
              type: repository.type.name,
              id: holder,
            });
          }
          if (page.next === undefined) break;
        }
      }
    }
    return [...found.values()];
  }

  private settleSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.settling = this.settle();
    }, SETTLE_EVERY);
    this.timer.unref();
  }

  /** In order; ends at the first that cannot be told, and tries again later. */
  private async settle(): Promise<void> {
    const context: SettleContext = {
      repositories: this.repositories,
      supports: this.supports,
      render: this.render,
    };
    for (const intent of this.doubtful.values()) {
      try {
        await this.outbox.end(intent, await settle(intent, context));
        this.doubtful.delete(intent.id);
      } catch {
        this.settleSoon();
        return;
      }
    }
  }
}
