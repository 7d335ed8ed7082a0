import { runningDirectory } from '../../../libs/backend-ldap/src/testing/directories/directory-server.js';
import {
  freshUnit,
  removeUnit,
} from '../../../libs/backend-ldap/src/testing/directories/fresh-unit.js';
import { signIn } from '../../../libs/backend-ldap/src/testing/directories/sign-in.js';
import type { TestStore } from './test-store.js';

/** A unit of its own on the server that `npm run test:directories` has started. */
export async function runningDirectoryStore(layout: string): Promise<TestStore> {
  const server = runningDirectory();
  const base = await freshUnit(server);
  return {
    env: {
      LDAP_HOSTNAME: `ldap://127.0.0.1:${server.port}`,
      LDAP_BASENAME: base,
      LDAP_USERNAME: server.userName,
      LDAP_PASSWORD: server.password,
      LDAP_LAYOUT: layout,
      ...(process.env.LDAP_CLIENT === undefined ? {} : { LDAP_CLIENT: process.env.LDAP_CLIENT }),
      // Whoever signs in to a domain does so with a password that was passed on.
      ...(layout === 'activedirectory' ? { PASSWORDS: 'pass' } : {}),
    },
    ...(layout === 'activedirectory'
      ? { signIn: (name: string, password: string) => signIn(server, name, password) }
      : {}),
    remove: () => removeUnit(server, base),
  };
}
