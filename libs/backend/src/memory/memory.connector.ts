import { randomUUID } from 'node:crypto';
import type { ResourceType } from '#scim';
import type { Connector } from '../contract.js';
import { MemoryBackend } from './memory.backend.js';
import type { MemoryOptions } from './memory.options.js';

/** Opens a new store each time, with the resources of the options in it. */
export class MemoryConnector implements Connector {
  constructor(private readonly options: MemoryOptions = {}) {}

  async open(types: readonly ResourceType[]): Promise<MemoryBackend> {
    const backend = new MemoryBackend(types);
    for (const draft of this.options.resources ?? []) {
      const type = types.find(({ name }) => name === draft.meta.resourceType);
      if (type === undefined) continue;
      const id = draft.id ?? randomUUID();
      await backend.store(type).put({ ...draft, id }, { now: draft.meta.lastModified });
    }
    return backend;
  }
}
