import { join } from 'node:path';
import { type DatabaseServer, startMariaDb, startPostgres } from '../databases.js';
import { providedMySql } from '../mysql.js';
import { removeFolder, scratchFolder } from '../scratch.js';
import type { TestStore } from './test-store.js';

export async function sqlite(): Promise<TestStore> {
  const folder = scratchFolder('scim-sqlite-');
  return {
    env: { DATABASE_URL: `sqlite:///${join(folder, 'scim.db')}` },
    remove: async () => removeFolder(folder),
  };
}

export async function postgres(): Promise<TestStore> {
  return databaseOf(await startPostgres());
}

export async function mariadb(): Promise<TestStore> {
  return databaseOf(await startMariaDb());
}

/** @param url names the server that somebody provides */
export async function mysql(url: string): Promise<TestStore> {
  return databaseOf(providedMySql(url));
}

async function databaseOf(
  server: Pick<DatabaseServer, 'createDatabase' | 'remove'>,
): Promise<TestStore> {
  return {
    env: { DATABASE_URL: await server.createDatabase() },
    remove: () => server.remove(),
  };
}
