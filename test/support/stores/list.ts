import { whyNot } from '../scratch.js';
import type { TestStore } from './test-store.js';

/** A store, besides flat files, that the replays of clients run on. */
export interface TestStoreKind {
  readonly name: string;
  /** Programs that this machine must have. */
  readonly programs: readonly string[];
  /** An empty one. Loads what it needs, so that a run on one store loads no other's drivers. */
  readonly start: () => Promise<TestStore>;
}

const POSTGRES = ['initdb', 'postgres'];
const MARIADB = ['mariadb-install-db', 'mariadbd'];
const SLAPD = ['slapd', 'ldapsearch'];

/** A server that a variable points to needs no program. */
function mongo(variable: string): readonly string[] {
  return process.env[variable] === undefined ? ['secantusd-py'] : [];
}

/** No package of the machine's own brings a MySQL: there is one where scripts/test-mysql.mjs ran. */
function mysql(url: string | undefined): readonly TestStoreKind[] {
  if (url === undefined) return [];
  return [
    { name: 'mysql', programs: [], start: async () => (await import('./sql.js')).mysql(url) },
  ];
}

export const TEST_STORES: readonly TestStoreKind[] = [
  { name: 'sqlite', programs: [], start: async () => (await import('./sql.js')).sqlite() },
  {
    name: 'postgres',
    programs: POSTGRES,
    start: async () => (await import('./sql.js')).postgres(),
  },
  { name: 'mariadb', programs: MARIADB, start: async () => (await import('./sql.js')).mariadb() },
  ...mysql(process.env.MYSQL_TEST_URL),
  {
    name: 'mongo',
    programs: mongo('MONGO_TEST_URL'),
    start: async () => (await import('./mongo.js')).mongo('replica set'),
  },
  {
    name: 'mongo-standalone',
    programs: mongo('MONGO_TEST_STANDALONE_URL'),
    start: async () => (await import('./mongo.js')).mongo('standalone'),
  },
  { name: 'ldap', programs: SLAPD, start: () => directory('reference', false) },
  { name: 'ldap-tls', programs: SLAPD, start: () => directory('reference', true) },
  { name: 'ldap-standard', programs: SLAPD, start: () => directory('standard', false) },
  { name: 'ldap-standard-tls', programs: SLAPD, start: () => directory('standard', true) },
  { name: 'jumpcloud', programs: [], start: () => jumpCloud('SEEN') },
  { name: 'jumpcloud-otherwise', programs: [], start: () => jumpCloud('OTHERWISE') },
  { name: 'scim', programs: [], start: async () => (await import('./scim.js')).upstream() },
];

/**
 * The stores that this machine can run; why it cannot run another one is printed, and in CI it is
 * an error.
 */
export function availableStores(): readonly TestStoreKind[] {
  return TEST_STORES.filter(({ name, programs }) => {
    const reason = whyNot(...programs);
    if (reason !== undefined) console.warn(`skipped: clients on ${name}: ${reason}`);
    return reason === undefined;
  });
}

/** The store that SCIM_TEST_STORE names, empty; undefined without it, which means flat files. */
export async function testStore(): Promise<TestStore | undefined> {
  const asked = process.env.SCIM_TEST_STORE;
  if (asked === undefined) return undefined;
  const layout = /^directory-(.+)$/.exec(asked)?.[1];
  if (layout !== undefined) return (await import('./directories.js')).runningDirectoryStore(layout);
  const kind = TEST_STORES.find(({ name }) => name === asked);
  if (kind === undefined) throw new Error(`SCIM_TEST_STORE: there is no store ${asked}`);
  return kind.start();
}

async function directory(layout: 'reference' | 'standard', overlays: boolean): Promise<TestStore> {
  return (await import('./ldap.js')).directory(layout, overlays);
}

async function jumpCloud(quirks: 'SEEN' | 'OTHERWISE'): Promise<TestStore> {
  return (await import('./jumpcloud.js')).jumpCloud(quirks);
}
