import { randomUUID } from 'node:crypto';
import type { ResourceType } from '#scim';
import type { Backend, Capabilities, ResourceStore } from '../contract.js';
import type { MemoryOptions } from './memory.options.js';
import { MemoryStore } from './memory.store.js';

const SUPPORTS: Capabilities = Object.freeze({
  cas: 'process',
  unique: 'process',
  inverses: false,
  cascade: false,
  targets: false,
});

/**
 * The reference backend: the four operations over a Map, no index, nothing clever. It is what the
 * other backends are compared with, so it must be right at a glance.
 */
export class MemoryBackend implements Backend {
  readonly supports = SUPPORTS;
  private readonly stores = new Map<string, ResourceStore>();

  constructor(private readonly options: MemoryOptions = {}) {}

  async open(types: readonly ResourceType[]): Promise<void> {
    for (const type of types) {
      if (!this.stores.has(type.name)) this.stores.set(type.name, new MemoryStore(type));
    }
    for (const draft of this.options.resources ?? []) {
      const id = draft.id ?? randomUUID();
      const store = this.stores.get(draft.meta.resourceType);
      if ((await store?.get(id)) === undefined) {
        await store?.put({ ...draft, id }, { now: draft.meta.lastModified });
      }
    }
  }

  async close(): Promise<void> {}

  async ping(): Promise<void> {}

  store(type: ResourceType): ResourceStore {
    const store = this.stores.get(type.name);
    if (store === undefined) throw new Error(`the backend was not opened for ${type.name}`);
    return store;
  }
}
