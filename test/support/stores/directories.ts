import { connect } from '../../../libs/backend-ldap/src/port/connect.js';
import { RESULT } from '../../../libs/backend-ldap/src/port/directory.js';
import { openLdapts } from '../../../libs/backend-ldap/src/port/ldapts.connection.js';
import { isCode } from '../../../libs/backend-ldap/src/port/pool.js';
import {
  type RunningDirectory,
  runningDirectory,
} from '../../../libs/backend-ldap/src/testing/directories/directory-server.js';
import { freshUnit } from '../../../libs/backend-ldap/src/testing/directories/fresh-unit.js';
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
    remove: async () => undefined,
  };
}

/** Domains take the principal's name as it is, besides names of entries. */
async function signIn(
  { port }: RunningDirectory,
  userName: string,
  password: string,
): Promise<boolean> {
  try {
    const line = await connect(openLdapts, {
      server: { secure: false, host: '127.0.0.1', port },
      ...{ startTls: false, ca: undefined, userName, password },
      ...{ connectTimeout: 30_000, timeout: 30_000 },
    });
    line.close();
    return true;
  } catch (error) {
    if (isCode(error, RESULT.invalidCredentials)) return false;
    throw error;
  }
}
