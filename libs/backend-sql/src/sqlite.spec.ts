import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backendConformance } from '#backend-testkit';
import type { ResourceType } from '#scim';
import type { SqlBackend } from './sql.backend.js';
import { SqlConnector } from './sql.connector.js';
import { explain } from './testing/explain.js';

let folder = '';
let backend: SqlBackend | undefined;

async function open(types: readonly ResourceType[]): Promise<SqlBackend> {
  backend = await new SqlConnector({ url: `sqlite:///${join(folder, 'test.db')}` }).open(types);
  return backend;
}

backendConformance('SQLite', {
  open: (types) => {
    folder = mkdtempSync(join(tmpdir(), 'scim-sqlite-'));
    return open(types);
  },
  reopen: open,
  explain: (type, query) => explain(backend, type, query),
  remove: async () => rmSync(folder, { recursive: true }),
});
