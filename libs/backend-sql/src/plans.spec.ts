import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Query, Repository } from '#backend';
import { createRepositories } from '#backend';
import { registry } from '#backend-testkit';
import { parseFilter, parseSort, type ResourceType } from '#scim';
import type { SqlBackend } from './sql.backend.js';
import { SqlConnector } from './sql.connector.js';
import { DIALECTS, type TestDatabases } from './testing/dialects.js';
import { explain } from './testing/explain.js';

/** So many that reading all of them would be the slower way for every planner. */
const USERS = 1_500;
const GROUPS = 150;

const ANALYZE_MYSQL = 'analyze table `Users`, `Groups`, `Groups_members`, `Users_values`';
const ANALYZE = {
  sqlite: 'analyze',
  postgres: 'vacuum analyze',
  mariadb: ANALYZE_MYSQL,
  mysql: ANALYZE_MYSQL,
};

const LOOKUPS: readonly (readonly ['User' | 'Group', string])[] = [
  ['User', 'id eq "user-17"'],
  ['User', 'userName eq "Name-17"'],
  ['User', 'userName sw "name-17"'],
  ['User', 'externalId eq "ext-17"'],
  ['User', 'displayName eq "Display 17"'],
  ['User', 'emails.value eq "mail-17@example.org"'],
  ['User', 'emails[type eq "work" and value eq "mail-17@example.org"]'],
  ['User', 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "user-1"'],
  ['User', 'userName eq "name-17" and active eq true'],
  ['Group', 'id eq "group-17"'],
  ['Group', 'displayName eq "Group 17"'],
  ['Group', 'externalId eq "g-17"'],
  ['Group', 'members.value eq "user-27"'],
  ['Group', 'members[value eq "user-27"]'],
];

for (const dialect of DIALECTS) {
  describe.skipIf(dialect.reason)(`plans of ${dialect.name} over ${USERS} users`, () => {
    let databases: TestDatabases | undefined;
    let backend: SqlBackend | undefined;
    beforeAll(async () => {
      databases = await dialect.start();
      const url = await databases.createDatabase();
      backend = await new SqlConnector({ url }).open(registry.types);
      await fill(backend);
      await databases.execute(url, ANALYZE[dialect.name]);
    }, 60_000);
    afterAll(async () => {
      await backend?.close();
      await databases?.remove();
    });

    it.each(LOOKUPS)('%s by %s is looked up, and found', async (name, text) => {
      const type = typeNamed(name);
      const query = { filter: parseFilter(text, type), start: { offset: 0 }, limit: 100 };
      const { indexed, plan } = await explain(backend, type, query, true);
      expect(indexed, plan).toBe(true);
      const { total } = await repository(backend, name).query(query);
      expect(total).toBeGreaterThan(0);
    });

    it('a filter without an index is known to scan: the test tells the difference', async () => {
      const type = typeNamed('User');
      const query = { filter: parseFilter('title eq "x"', type), start: { offset: 0 }, limit: 9 };
      expect((await explain(backend, type, query, true)).indexed).toBe(false);
    });

    it("a page after a position is read of the order's index, at any depth", async () => {
      const type = typeNamed('User');
      const after = { key: null, created: '2024-01-01T00:20:00', id: 'user-1200' };
      const query: Query = { start: { after }, limit: 100 };
      const { plan } = await explain(backend, type, query, true);
      expect(plan).toMatch(/Users_created/);
      expect(plan).not.toMatch(/Sort|filesort|TEMP B-TREE/);
    });

    it('a page by userName is read of its index', async () => {
      // The others sort what they found, which is everything where there is no filter.
      if (dialect.name !== 'postgres') return;
      const type = typeNamed('User');
      const sort = parseSort('userName', 'ascending', type);
      if (sort === undefined) throw new Error('userName cannot be sorted by');
      const { plan } = await explain(
        backend,
        type,
        { sort, start: { offset: 0 }, limit: 100 },
        true,
      );
      expect(plan).toMatch(/Users_key_userName_sole/);
    });
  });
}

function typeNamed(name: string): ResourceType {
  const type = registry.typeByName.get(name);
  if (type === undefined) throw new Error(`no type ${name}`);
  return type;
}

function repository(backend: SqlBackend | undefined, name: string): Repository {
  const found = backend && createRepositories(backend, registry).get(name);
  if (found === undefined) throw new Error('the backend is not open');
  return found;
}

async function fill(backend: SqlBackend): Promise<void> {
  const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
  const at = (i: number) => new Date(Date.UTC(2024, 0, 1) + i * 1000).toISOString();
  const put = async (name: string, id: string, i: number, attributes: object) => {
    const type = typeNamed(name);
    const meta = { resourceType: name, created: at(i), lastModified: at(i) };
    const draft = { id, schemas: [type.schema.id], meta, ...attributes };
    await backend.store(type).put(draft, { now: at(i) });
  };
  await many(USERS, (i) =>
    put('User', `user-${i}`, i, {
      userName: `Name-${i}`,
      externalId: `ext-${i}`,
      displayName: `Display ${i}`,
      active: i % 2 === 1,
      emails: [{ value: `mail-${i}@example.org`, type: 'work' }],
      [enterprise]: { manager: { value: `user-${i % 100}` } },
    }),
  );
  await many(GROUPS, (i) =>
    put('Group', `group-${i}`, i, {
      displayName: `Group ${i}`,
      externalId: `g-${i}`,
      members: Array.from({ length: 20 }, (_, j) => ({
        value: `user-${(i * 7 + j * 13) % USERS}`,
      })),
    }),
  );
}

async function many(count: number, make: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) await make(next++);
  };
  await Promise.all(Array.from({ length: 8 }, work));
}
