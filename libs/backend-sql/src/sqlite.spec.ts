import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backendConformance } from '#backend-testkit';
import type { ResourceType } from '#scim';
import { sqliteLibrary } from './connection/sqlite-library.js';
import type { SqlBackend } from './sql.backend.js';
import { SqlConnector } from './sql.connector.js';
import { explain } from './testing/explain.js';
import { foreignRows, starter } from './testing/starts.js';

let folder = '';
let backend: SqlBackend | undefined;

const url = () => `sqlite:///${join(folder, 'test.db')}`;

async function open(types: readonly ResourceType[]): Promise<SqlBackend> {
  backend = await new SqlConnector({ url: url() }).open(types);
  return backend;
}

backendConformance('SQLite', {
  open: (types) => {
    folder = mkdtempSync(join(tmpdir(), 'scim-sqlite-'));
    return open(types);
  },
  reopen: open,
  beside: open,
  starter: () => starter(url()),
  foreign: async (ids) => {
    const database = sqliteLibrary().open(join(folder, 'test.db'));
    for (const statement of foreignRows(ids, '"Users"')) database.exec(statement);
    database.close();
  },
  explain: (type, query) => explain(backend, type, query),
  remove: async () => rmSync(folder, { recursive: true }),
});
