import { type Backend, type Capabilities, capabilities, type ResourceStore } from '#backend';
import type { ResourceType } from '#scim';
import { guarded } from './upstream/errors.js';
import type { Upstream } from './upstream/upstream.js';

/** Keeps resources in another SCIM server. */
export class ScimBackend implements Backend {
  readonly supports: Capabilities;
  private down = false;

  constructor(
    private readonly upstream: Upstream,
    private readonly stores: ReadonlyMap<string, ResourceStore>,
  ) {
    this.supports = capabilities({
      cas: upstream.compares ? 'atomic' : 'process',
      unique: 'process',
      inverses: true,
      seeks: false,
      ids: 'assigned',
      times: 'assigned',
      secrets: 'clear',
      dangling: false,
    });
  }

  close(): Promise<void> {
    return this.upstream.api.close();
  }

  /** After an outage the discovery documents are read anew: another version may have come up. */
  ping(signal: AbortSignal): Promise<void> {
    return guarded(signal, async () => {
      try {
        if (this.down) await this.upstream.refresh();
        else await this.upstream.api.discovery('/ServiceProviderConfig');
        this.down = false;
      } catch (error) {
        this.down = true;
        throw error;
      }
    });
  }

  store(type: ResourceType): ResourceStore {
    const store = this.stores.get(type.name);
    if (store === undefined)
      throw new Error(`The upstream server was not opened for ${type.name}.`);
    return store;
  }
}
