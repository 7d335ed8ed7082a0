import { afterAll, beforeAll, describe, it } from 'vitest';
import { backendConformance } from '#backend-testkit';
import type { ResourceType } from '#scim';
import type { DatabaseServer } from '../../../../test/support/databases.js';
import { SqlBackend } from '../sql.backend.js';
import type { SqlBackendOptions } from '../sql.options.js';
import { explain } from './explain.js';

/** Runs the whole suite on a server of its own; each concern has a database of its own. */
export function serverConformance(
  name: string,
  reason: string | undefined,
  start: () => Promise<DatabaseServer>,
  options: Partial<SqlBackendOptions> = {},
): void {
  if (reason !== undefined) {
    describe(name, () => {
      it.skip(`the whole suite (${reason})`);
    });
    return;
  }
  describe(name, () => {
    let server: DatabaseServer | undefined;
    let url = '';
    let backend: SqlBackend | undefined;
    beforeAll(async () => {
      server = await start();
    }, 60_000);
    afterAll(async () => {
      await server?.remove();
    }, 60_000);

    async function open(types: readonly ResourceType[]): Promise<SqlBackend> {
      backend = new SqlBackend({ url, ...options });
      await backend.open(types);
      return backend;
    }

    backendConformance(name, {
      open: async (types) => {
        url = (await server?.createDatabase()) ?? '';
        return open(types);
      },
      reopen: open,
      explain: (type, query) => explain(backend, type, query),
      away: {
        stop: async () => server?.stop(),
        start: async () => server?.start(),
      },
    });
  });
}
