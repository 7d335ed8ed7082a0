import { type Backend, type Capabilities, capabilities, type ResourceStore } from '#backend';
import type { ResourceType } from '#scim';
import { guarded } from './api/errors.js';
import type { JumpCloudApi } from './api/jumpcloud.api.js';
import { GroupStore } from './groups/group.store.js';

/** Keeps resources as users and user groups of an organisation of JumpCloud. */
export class JumpCloudBackend implements Backend {
  readonly supports: Capabilities;

  constructor(
    private readonly api: JumpCloudApi,
    private readonly stores: ReadonlyMap<string, ResourceStore>,
    passwords: boolean,
  ) {
    this.supports = capabilities({
      cas: 'process',
      // JumpCloud keeps names and addresses apart itself, but names only in the letter case they have.
      unique: {
        'User.userName': 'process',
        'User.externalId': 'process',
        'User.emails.value': 'atomic',
        'Group.externalId': 'process',
      },
      inverses: true,
      targets: true,
      seeks: false,
      ids: 'assigned',
      times: 'assigned',
      dangling: false,
      nested: [],
      secrets: passwords ? 'password' : 'hashed',
    });
  }

  async close(): Promise<void> {
    for (const store of this.stores.values()) {
      if (store instanceof GroupStore) await store.close();
    }
    await this.api.close();
  }

  ping(signal: AbortSignal): Promise<void> {
    return guarded(signal, async () => {
      await this.api.users(0, 1, signal);
    });
  }

  store(type: ResourceType): ResourceStore {
    const store = this.stores.get(type.name);
    if (store === undefined) throw new Error(`JumpCloud was not opened for ${type.name}.`);
    return store;
  }
}
