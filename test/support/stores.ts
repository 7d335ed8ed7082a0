import { join } from 'node:path';
import { ADMIN, BASE, PASSWORD, Slapd } from '../../libs/backend-ldap/src/testing/slapd.js';
import { startMariaDb, startPostgres } from './databases.js';
import { removeFolder, scratchFolder, whyNot } from './scratch.js';

/** A store of a test's own, and the environment that makes the service use it. */
export interface TestStore {
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** The store that SCIM_TEST_STORE names, empty; undefined without it, which means flat files. */
export async function testStore(): Promise<TestStore | undefined> {
  const name = process.env.SCIM_TEST_STORE;
  switch (name) {
    case undefined:
      return undefined;
    case 'sqlite': {
      const folder = scratchFolder('scim-sqlite-');
      return {
        env: { DATABASE_URL: `sqlite:///${join(folder, 'scim.db')}` },
        remove: async () => removeFolder(folder),
      };
    }
    case 'postgres':
      return serverStore(whyNot('initdb', 'postgres'), startPostgres);
    case 'mariadb':
      return serverStore(whyNot('mariadb-install-db', 'mariadbd'), startMariaDb);
    case 'ldap':
      return directoryStore(whyNot('slapd', 'ldapsearch'), 'reference');
    case 'ldap-tls':
      return directoryStore(whyNot('slapd', 'ldapsearch'), 'reference', OVERLAYS);
    case 'ldap-standard':
      return directoryStore(whyNot('slapd', 'ldapsearch'), 'standard');
    case 'ldap-standard-tls':
      return directoryStore(whyNot('slapd', 'ldapsearch'), 'standard', OVERLAYS);
    default:
      throw new Error(`SCIM_TEST_STORE: there is no store ${name}`);
  }
}

async function serverStore(
  reason: string | undefined,
  start: typeof startPostgres,
): Promise<TestStore | undefined> {
  if (reason !== undefined) {
    console.warn(`flat files instead: ${reason}`);
    return undefined;
  }
  const server = await start();
  return {
    env: { DATABASE_URL: await server.createDatabase() },
    remove: () => server.remove(),
  };
}

const OVERLAYS = ['memberof', 'refint', 'unique', 'sssvlv'] as const;

/** A directory: plain, or with overlays, memberOf and TLS. */
async function directoryStore(
  reason: string | undefined,
  layout: 'reference' | 'standard',
  overlays?: typeof OVERLAYS,
): Promise<TestStore | undefined> {
  if (reason !== undefined) {
    console.warn(`flat files instead: ${reason}`);
    return undefined;
  }
  const memberOfClass = layout === 'reference' ? 'device' : 'groupOfMembers';
  const slapd = await Slapd.start(
    overlays === undefined
      ? {}
      : { tls: true, overlays, memberOfClass, unique: 'documentLocation' },
  );
  const secured = { LDAP_STARTTLS: 'true', LDAP_CA: slapd.authority, LDAP_MEMBEROF: 'true' };
  return {
    env: {
      LDAP_HOSTNAME: slapd.url,
      LDAP_BASENAME: BASE,
      LDAP_USERNAME: ADMIN,
      LDAP_PASSWORD: PASSWORD,
      LDAP_LAYOUT: layout,
      ...(overlays === undefined ? {} : secured),
    },
    remove: () => slapd.remove(),
  };
}
