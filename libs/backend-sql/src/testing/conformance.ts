import { afterAll, beforeAll, describe, it } from 'vitest';
import { backendConformance } from '#backend-testkit';
import type { ResourceType } from '#scim';
import type { DatabaseServer } from '../../../../test/support/databases.js';
import type { SqlBackend } from '../sql.backend.js';
import { SqlConnector } from '../sql.connector.js';
import { explain } from './explain.js';
import { foreignRows, starter } from './starts.js';

/** A server that gives databases; one that a test started can also be stopped. */
export type TestServer = Pick<DatabaseServer, 'createDatabase' | 'execute' | 'remove'> &
  Partial<Pick<DatabaseServer, 'stop' | 'start'>>;

/** Runs the whole suite on a server of its own; each concern has a database of its own. */
export function serverConformance(
  name: string,
  reason: string | undefined,
  start: () => Promise<TestServer>,
  stoppable = true,
): void {
  if (reason !== undefined) {
    describe(name, () => {
      it.skip(`the whole suite (${reason})`);
    });
    return;
  }
  describe(name, () => {
    let server: TestServer | undefined;
    let url = '';
    let backend: SqlBackend | undefined;
    beforeAll(async () => {
      server = await start();
    }, 60_000);
    afterAll(async () => {
      await server?.remove();
    }, 60_000);

    async function open(types: readonly ResourceType[]): Promise<SqlBackend> {
      backend = await new SqlConnector({ url }).open(types);
      return backend;
    }

    backendConformance(name, {
      open: async (types) => {
        url = (await server?.createDatabase()) ?? '';
        return open(types);
      },
      reopen: open,
      beside: open,
      starter: () => starter(url),
      foreign: async (ids) => {
        const table = name === 'PostgreSQL' ? '"Users"' : '`Users`';
        for (const statement of foreignRows(ids, table)) await server?.execute(url, statement);
      },
      explain: (type, query) => explain(backend, type, query),
      ...(stoppable
        ? {
            away: {
              stop: async () => server?.stop?.(),
              start: async () => server?.start?.(),
            },
          }
        : {}),
    });
  });
}
