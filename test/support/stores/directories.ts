import { runningDirectory } from '../../../libs/backend-ldap/src/testing/directories/directory-server.js';
import { freshUnit } from '../../../libs/backend-ldap/src/testing/directories/fresh-unit.js';
import type { TestStore } from './test-store.js';

/** A unit of its own on the server that `npm run test:directories` has started. */
export async function runningDirectoryStore(layout: string): Promise<TestStore> {
  const server = runningDirectory();
  return {
    env: {
      LDAP_HOSTNAME: `ldap://127.0.0.1:${server.port}`,
      LDAP_BASENAME: await freshUnit(server),
      LDAP_USERNAME: server.userName,
      LDAP_PASSWORD: server.password,
      LDAP_LAYOUT: layout,
    },
    remove: async () => undefined,
  };
}
