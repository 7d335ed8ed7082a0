import { BackendError, type Connector, Locks, PageList, type ResourceStore } from '#backend';
import type { ResourceType } from '#scim';
import { Outage, reasonOf } from '#upstream-http';
import { backendError } from './api/errors.js';
import { JumpCloudApi, PAGE } from './api/jumpcloud.api.js';
import type { NativeGroup, NativeUser } from './api/native.js';
import { GroupLookup } from './groups/group.lookup.js';
import { GroupStore } from './groups/group.store.js';
import { GroupWriter } from './groups/group.writer.js';
import { JumpCloudBackend } from './jumpcloud.backend.js';
import type { JumpCloudOptions } from './jumpcloud.options.js';
import { UserLookup } from './users/user.lookup.js';
import { UserStore } from './users/user.store.js';
import { UserWriter } from './users/user.writer.js';

const CORE = 'urn:ietf:params:scim:schemas:core:2.0:';

/** Connects to an organisation of JumpCloud. */
export class JumpCloudConnector implements Connector {
  constructor(private readonly options: JumpCloudOptions) {}

  async open(types: readonly ResourceType[]): Promise<JumpCloudBackend> {
    const { report = () => undefined, passwords = false } = this.options;
    const api = new JumpCloudApi(this.options);
    const locks = new Locks();
    try {
      const stores = new Map(
        types.map((type) => [type.name, createStore(type, api, locks, report, passwords)]),
      );
      await api.users(0, 1);
      return new JumpCloudBackend(api, stores, passwords);
    } catch (error) {
      await api.close();
      throw openError(error, this.options.url);
    }
  }
}

function createStore(
  type: ResourceType,
  api: JumpCloudApi,
  locks: Locks,
  report: (message: string) => void,
  passwords: boolean,
): ResourceStore {
  switch (type.schema.id) {
    case `${CORE}User`: {
      const lookup = new UserLookup(type, api, report);
      const writer = new UserWriter(type, api, lookup, locks, passwords);
      const pages = new PageList<NativeUser>(PAGE, ({ _id }) => _id);
      return new UserStore(type, api, lookup, writer, pages);
    }
    case `${CORE}Group`: {
      const lookup = new GroupLookup(type, api, report);
      const writer = new GroupWriter(type, api, lookup, locks);
      const pages = new PageList<NativeGroup>(PAGE, ({ id }) => id);
      return new GroupStore(type, api, lookup, writer, pages);
    }
    default:
      throw new Error(
        `JumpCloud keeps users and groups, and no ${type.name}: take it out of SCHEMA_PATH, or choose another store.`,
      );
  }
}

/** What somebody has to configure is no outage. */
function openError(error: unknown, url: string): unknown {
  if (error instanceof Outage && /key/.test(error.message)) {
    const message = `JumpCloud at ${url} does not let JUMPCLOUD_KEY in; keys of several organisations need JUMPCLOUD_ORG.`;
    return new Error(message, { cause: error });
  }
  if (!(error instanceof Outage)) return backendError(error);
  const message = `JumpCloud at ${url} does not answer: ${reasonOf(error)} Look at JUMPCLOUD_URL, and at the network.`;
  return new BackendError('unavailable', message, { cause: error });
}
