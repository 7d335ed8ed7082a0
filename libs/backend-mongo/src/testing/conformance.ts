import { afterAll, beforeAll, describe, it } from 'vitest';
import { backendConformance } from '#backend-testkit';
import type { ResourceType } from '#scim';
import {
  execute,
  type MongoKind,
  type MongoServer,
  mongoPrograms,
  type OwnMongoServer,
  startMongo,
  whyNoMongo,
} from '../../../../test/support/mongo.js';
import type { MongoBackend } from '../mongo.backend.js';
import { MongoConnector } from '../mongo.connector.js';
import { explain } from './explain.js';

/** Runs the whole suite on a server; each concern has a database of its own. */
export function serverConformance(kind: MongoKind): void {
  const reason = whyNoMongo(kind);
  if (reason !== undefined) {
    describe(kind, () => {
      it.skip(`the whole suite (${reason})`);
    });
    return;
  }
  describe(kind, () => {
    let server: (MongoServer & Partial<OwnMongoServer>) | undefined;
    let database = '';
    let backend: MongoBackend | undefined;
    beforeAll(async () => {
      server = await startMongo(kind);
    }, 60_000);
    afterAll(async () => {
      await server?.remove();
    }, 60_000);

    const options = () => ({ url: server?.url ?? '', database, selectionTimeout: 5_000 });

    async function open(types: readonly ResourceType[]): Promise<MongoBackend> {
      backend = await new MongoConnector(options()).open(types);
      return backend;
    }

    backendConformance(`MongoDB, ${kind}`, {
      open: async (types) => {
        database = server?.createDatabase() ?? '';
        return open(types);
      },
      reopen: open,
      beside: open,
      starter: () => ({
        module: '/libs/backend-mongo/src/index.ts',
        connector: 'MongoConnector',
        options: options(),
      }),
      foreign: async (ids) => {
        // The lease of who died has run out.
        const deletes = [{ q: {}, limit: 0 }];
        await execute(server?.url ?? '', database, { delete: 'scim_locks', deletes });
        const documents = ids.map((id) => ({ _id: id, id, userName: id }));
        await execute(server?.url ?? '', database, { insert: 'Users', documents });
      },
      explain: (type, query) => explain(backend, type, query),
      ...(mongoPrograms(kind).length > 0
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
