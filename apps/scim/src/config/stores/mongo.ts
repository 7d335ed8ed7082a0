import { Secret, Text, WholeNumber } from '../variables/kinds.js';
import { complaintOf, defineStore, withoutSecrets } from './store.js';

export class MongoVariables {
  /**
   * Keeps the resources in MongoDB: mongodb:// or mongodb+srv://. A database in the string is where
   * its user is known.
   */
  @Secret()
  @Text()
  MONGO_DB = '';

  /** Name of the database. */
  @Text()
  MONGO_DATABASE = 'scim';

  /** Most connections to MongoDB at once, for each tenant. */
  @WholeNumber(1, 1000)
  MONGO_POOL_SIZE = 20;

  /** Seconds after which an operation of MongoDB is given up. */
  @WholeNumber(1, 3600)
  MONGO_TIMEOUT = 30;
}

/** MongoDB: a replica set, a sharded cluster, or a standalone server. */
export const mongoStore = defineStore({
  name: 'MongoDB',
  variables: MongoVariables,
  chosenBy: 'MONGO_DB',
  settings: (variables) =>
    Object.freeze({
      url: variables.MONGO_DB,
      database: variables.MONGO_DATABASE,
      poolSize: variables.MONGO_POOL_SIZE,
      /** Seconds. */
      timeout: variables.MONGO_TIMEOUT,
    }),
  place: ({ url, database }) => `${withoutSecrets(url)} (database ${database})`,
  guarantees:
    'any number of instances; with a replica set, a change, its members and its event are one transaction',
  peers: ({ url }) => {
    const [, scheme, hosts = ''] = /^(mongodb(?:\+srv)?):\/\/(?:[^@/]*@)?([^/?]*)/i.exec(url) ?? [];
    // Addresses that are looked up (SRV) are encrypted unless they say otherwise.
    const encrypted = /[?&](?:tls|ssl)=true\b/i.test(url) || scheme?.includes('+') === true;
    return hosts.split(',').map((host) => ({ name: 'MongoDB', host: hostOf(host), encrypted }));
  },
  check: async ({ url }) => {
    const { checkAddress } = await import('#backend-mongo');
    return complaintOf(() => checkAddress(url));
  },
  module: async ({ timeout, ...settings }, { name, isDefault, logger, noticed }) => {
    const { MongoModule } = await import('#backend-mongo');
    return MongoModule.register({
      ...settings,
      operationTimeout: timeout * 1000,
      prefix: isDefault ? '' : `${name}_`,
      report: ({ kind, message, cause }) => {
        noticed?.(kind);
        const level = kind === 'server' || kind === 'taking-over' ? 'info' : 'warn';
        logger[level]({ kind, err: cause }, message);
      },
    });
  },
});

/** Without the port; an IPv6 literal keeps its brackets. */
function hostOf(host: string): string {
  return host.replace(/:\d+$/, '');
}
