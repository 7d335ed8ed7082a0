import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRepositories } from '#backend';
import { registry, tick, userDraft } from '#backend-testkit';
import type { SchemaRegistry } from '#scim';
import { testRegistry } from '../../../scim/src/testing/registry.js';
import { sql } from '../connection/statement.js';
import type { SqlBackend } from '../sql.backend.js';
import { SqlConnector } from '../sql.connector.js';
import { DIALECTS, type TestDatabases } from '../testing/dialects.js';

const BADGE = 'urn:example:badge';

const NEW = testRegistry({
  'extensions/User/badge.json': {
    id: BADGE,
    name: 'Badge',
    attributes: [{ name: 'badge', type: 'string' }],
  },
});

for (const dialect of DIALECTS) {
  describe.skipIf(dialect.reason)(`two schemas at once on ${dialect.name}`, () => {
    let databases: TestDatabases | undefined;
    beforeAll(async () => {
      databases = await dialect.start();
    }, 60_000);
    afterAll(async () => databases?.remove());

    it('R-364 all rows come to the schema that all share, whatever the order of starts', async () => {
      const url = (await databases?.createDatabase()) ?? '';
      const { older, newer } = await pair(url);
      await older.users.put(userDraft(), { now: tick() });
      await newer.users.put(badged('B8'), { now: tick() });
      await newer.backend.derivation.pass();
      expect(await newer.marks()).toEqual([newer.mark]);
      // An old one that starts once more changes nothing.
      const again = await opened(url, registry);
      await again.backend.derivation.pass();
      await older.backend.derivation.pass();
      expect(await newer.marks()).toEqual([newer.mark]);
      await Promise.all([older.backend.close(), newer.backend.close()]);
      // The new one is gone for good: what it holds runs out, and it is the turn of the old one.
      await databases?.execute(url, `update scim_locks set until = 0 where name like 'schema:%'`);
      await again.backend.derivation.pass();
      expect(await again.marks()).toEqual([again.mark]);
      const forward = await opened(url, NEW);
      await forward.backend.derivation.pass();
      expect(await forward.marks()).toEqual([forward.mark]);
      await Promise.all([again.backend.close(), forward.backend.close()]);
    });
  });
}

function badged(badge: string) {
  const draft = userDraft({ [BADGE]: { badge } });
  return { ...draft, schemas: [...draft.schemas, BADGE] };
}

/** An instance with the old schema and one, started later, with the new one. */
async function pair(url: string) {
  const older = await opened(url, registry);
  await older.backend.derivation.pass();
  const newer = await opened(url, NEW);
  await newer.backend.derivation.pass();
  return { older, newer };
}

async function opened(url: string, schemas: SchemaRegistry) {
  // Looked at when the tests say so, and once at the start.
  const backend = await new SqlConnector({ url, deriveEvery: 3_600_000 }).open(schemas.types);
  const users = createRepositories(backend, schemas).get('User');
  if (users === undefined) throw new Error('there are no users');
  return {
    backend,
    users,
    mark: backend.layout.named('User').mark,
    marks: () => marksOf(backend),
  };
}

async function marksOf({ database, layout }: SqlBackend): Promise<readonly unknown[]> {
  const table = database.dialect.quote(layout.named('User').table);
  const rows = await database.rows(sql`select distinct mark from ${table}`);
  return rows.map(({ mark }) => mark);
}
