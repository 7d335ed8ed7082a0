import type { ResourceType } from '#scim';
import { capabilities } from '../capabilities.js';
import type { Backend, ResourceStore } from '../contract.js';
import { MemoryStore } from './memory.store.js';

/**
 * The reference backend: the four operations over a Map, no index, nothing clever. It is what the
 * other backends are compared with, so it must be right at a glance.
 */
export class MemoryBackend implements Backend {
  readonly supports = capabilities({ cas: 'process', unique: 'process' });
  private readonly stores: ReadonlyMap<string, ResourceStore>;

  constructor(types: readonly ResourceType[]) {
    this.stores = new Map(types.map((type) => [type.name, new MemoryStore(type)]));
  }

  async close(): Promise<void> {}

  async ping(): Promise<void> {}

  store(type: ResourceType): ResourceStore {
    const store = this.stores.get(type.name);
    if (store === undefined) throw new Error(`the backend was not opened for ${type.name}`);
    return store;
  }
}
