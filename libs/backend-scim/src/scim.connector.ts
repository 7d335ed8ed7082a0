import { BackendError, type Connector, Locks, type ResourceStore } from '#backend';
import type { ResourceType } from '#scim';
import { Outage, reasonOf } from '#upstream-http';
import { ownVersion } from './mapping/incoming.js';
import { ComputedGroups } from './query/groups.js';
import { ScimBackend } from './scim.backend.js';
import type { ScimBackendOptions } from './scim.options.js';
import { ScimStore } from './scim.store.js';
import { backendError } from './upstream/errors.js';
import { discover } from './upstream/features.js';
import { Reader } from './upstream/reader.js';
import { UpstreamApi } from './upstream/upstream.api.js';
import { Upstream } from './upstream/upstream.js';
import { ScimWriter } from './write/scim.writer.js';

/** Connects to another SCIM server, and reads what it says that it does. */
export class ScimConnector implements Connector {
  constructor(private readonly options: ScimBackendOptions) {}

  async open(types: readonly ResourceType[]): Promise<ScimBackend> {
    const { report = () => undefined, unknown = 'refuse' } = this.options;
    const api = new UpstreamApi(this.options);
    try {
      const upstream = new Upstream(api, await discover(api, types), types, report);
      // Discovery may need no key: whether it is let in is seen at a list.
      for (const type of types) {
        const { items } = await api.list(upstream.type(type).endpoint, { count: 1 });
        const versions = items.every((item) => ownVersion(item) !== undefined);
        if (upstream.features.etag && !versions) upstream.distrust('etag');
      }
      const readers = new Map(types.map((type) => [type.name, new Reader(type, upstream)]));
      const locks = new Locks();
      const dropped = (type: ResourceType, names: readonly string[]) =>
        report(
          `Dropped, since the upstream server has no such attributes of ${type.name}: ${names.join(', ')}`,
        );
      const stores = types.map((type): [string, ResourceStore] => {
        const reader = of(readers, type.name);
        const policy = { policy: unknown, dropped };
        const writer = new ScimWriter(type, upstream, reader, locks, policy);
        const computed = type.inverses.flatMap((inverse): [string, ComputedGroups][] => {
          const holder = types.find(({ name }) => name === inverse.type);
          if (holder === undefined) return [];
          const holders = of(readers, holder.name);
          return [[inverse.attribute.name, new ComputedGroups(upstream, inverse, holder, holders)]];
        });
        return [type.name, new ScimStore(type, reader, writer, new Map(computed))];
      });
      return new ScimBackend(upstream, new Map(stores));
    } catch (error) {
      await api.close();
      throw openError(error, this.options.url);
    }
  }
}

function of<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

/** What somebody has to configure is no outage. */
function openError(error: unknown, url: string): unknown {
  if (error instanceof Outage && /key/.test(error.message)) {
    const message = `The upstream server ${url} does not let FORWARD_SCIM_KEY (or the token) in.`;
    return new Error(message, { cause: error });
  }
  if (!(error instanceof Outage)) return backendError(error);
  const message = `The upstream server ${url} does not answer: ${reasonOf(error)} Look at FORWARD_SCIM_URL, and whether the server runs.`;
  return new BackendError('unavailable', message, { cause: error });
}
