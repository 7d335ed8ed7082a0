import {
  type Backend,
  BackendError,
  type Capabilities,
  capabilities,
  type ResourceStore,
} from '#backend';
import type { ResourceType } from '#scim';
import type { Pool } from './port/pool.js';
import { backendError } from './server/errors.js';

/** Keeps resources as entries of an LDAP directory. */
export class LdapBackend implements Backend {
  readonly supports: Capabilities;

  constructor(
    private readonly pool: Pool,
    private readonly stores: ReadonlyMap<string, ResourceStore>,
    private readonly baseName: string,
    /** What this server and layout promise besides what all of them do. */
    promises: Partial<Capabilities>,
  ) {
    this.supports = capabilities({ cas: 'atomic', inverses: true, seeks: false, ...promises });
  }

  async close(): Promise<void> {
    this.pool.close();
  }

  async ping(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    try {
      const found = await this.pool.read(this.baseName, ['1.1']);
      if (found === undefined) throw new BackendError('unavailable', 'The directory is not there.');
    } catch (error) {
      throw backendError(error);
    }
  }

  store(type: ResourceType): ResourceStore {
    const store = this.stores.get(type.name);
    if (store === undefined) throw new Error(`The LDAP backend is not open for ${type.name}.`);
    return store;
  }
}
