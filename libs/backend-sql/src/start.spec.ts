import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRepositories } from '#backend';
import { fixtureOf, registry, tick, userDraft } from '#backend-testkit';
import { parseFilter } from '#scim';
import { type DatabaseServer, startPostgres } from '../../../test/support/databases.js';
import { whyNot } from '../../../test/support/scratch.js';
import { SqlConnector } from './sql.connector.js';
import { DIALECTS, quotedFor, type TestDatabases } from './testing/dialects.js';

for (const dialect of DIALECTS) {
  describe.skipIf(dialect.reason)(`a start on ${dialect.name}`, () => {
    let databases: TestDatabases | undefined;
    beforeAll(async () => {
      databases = await dialect.start();
    }, 60_000);
    afterAll(async () => databases?.remove());

    it('R-358 a number that is wrong, and rows deleted by hand, are put right', async () => {
      const url = (await databases?.createDatabase()) ?? '';
      const first = fixtureOf(await new SqlConnector({ url }).open(registry.types));
      for (let i = 0; i < 5; i++) await first.createUser();
      const { id } = await first.createUser();
      await first.backend.close();
      await databases?.execute(url, `update scim_counts set number = 0 where type = 'User'`);
      expect(await numbers(url)).toEqual([6, 6]);
      await databases?.execute(
        url,
        `delete from ${quotedFor(dialect, 'Users')} where id = '${id}'`,
      );
      expect(await numbers(url)).toEqual([5, 5]);
    });

    it('R-359 the name of a tenant that makes the names of tables too long is refused', async () => {
      const url = (await databases?.createDatabase()) ?? '';
      const open = (length: number) =>
        new SqlConnector({ url, prefix: `${'t'.repeat(length)}_` }).open(registry.types);
      if (dialect.name !== 'sqlite') {
        const refusal = await open(60).catch((error: Error) => error.message);
        expect(refusal).toMatch(/tenant name "t+" is too long for .*It may have (\d+) bytes/);
        const most = Number(/may have (\d+) bytes\.$/.exec(String(refusal))?.[1]);
        await expect(open(most + 1)).rejects.toThrow(/too long/);
        const { createUser, users, backend } = fixtureOf(await open(most));
        const user = await createUser();
        expect(await users.get(user.id)).toEqual(user);
        await backend.close();
      } else {
        await (await open(60)).close();
      }
    });

    it('R-360 what is larger than the database can hold is refused for good, with the limit', async () => {
      const url = (await databases?.createDatabase()) ?? '';
      const backend = await new SqlConnector({ url }).open(registry.types);
      const { users, createUser } = fixtureOf(backend);
      const most = backend.supports.largestResource;
      expect(most).toBeGreaterThan(1024 * 1024);
      if (dialect.name === 'mariadb' || dialect.name === 'mysql') {
        // Every character is escaped, which makes the statement as long as it gets.
        const largest = await createUser({
          displayName: '\\'.repeat(Math.floor(most / 2) - 2_000),
        });
        expect((await users.get(largest.id))?.displayName).toBe(largest.displayName);
      }
      const tooLarge = userDraft({ displayName: 'x'.repeat(most) });
      await expect(users.put(tooLarge, { now: tick() })).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringContaining(String(most)),
      });
      await backend.close();
    });

    it('R-361 members of which the database cannot tell one from another are refused', async () => {
      const url = (await databases?.createDatabase()) ?? '';
      const { groups, createGroup, backend } = fixtureOf(
        await new SqlConnector({ url }).open(registry.types),
      );
      const { id } = await createGroup(['e\u0301', '\u00e9', 'a', 'a ', 'A']);
      const add = ['\ud800', '\ud801'].map((value) => ({ value }));
      const delta = [{ relation: 'members', add, remove: [] }];
      await expect(groups.applyDelta(id, delta, { now: tick() })).rejects.toMatchObject({
        code: 'unsupported',
      });
      const group = await groups.get(id, { expand: ['members'] });
      expect(group?.members).toHaveLength(5);
      await backend.close();
    });
  });
}

/** What is kept and what is counted, after another start. */
async function numbers(url: string): Promise<readonly number[]> {
  const backend = await new SqlConnector({ url }).open(registry.types);
  const users = createRepositories(backend, registry).get('User');
  if (users === undefined) throw new Error('there are no users');
  const page = { start: { offset: 0 }, limit: 0 };
  const kept = (await users.query(page)).total;
  const filter = parseFilter('userName pr', users.type);
  const counted = (await users.query({ ...page, filter })).total;
  await backend.close();
  return [kept, counted];
}

describe.skipIf(whyNot('initdb', 'postgres'))('an encoding that holds too little', () => {
  let server: DatabaseServer | undefined;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(async () => server?.remove());

  it.each(['SQL_ASCII', 'LATIN1'])(
    'R-362 %s stops the start, with what to do',
    async (encoding) => {
      const url = (await server?.createDatabase('other')) ?? '';
      await server?.execute(
        url,
        `create database "in_${encoding}" encoding '${encoding}' locale 'C' template template0`,
      );
      const connector = new SqlConnector({ url: url.replace(/other$/, `in_${encoding}`) });
      await expect(connector.open(registry.types)).rejects.toThrow(
        new RegExp(`encoding ${encoding}, .*encoding 'UTF8'`),
      );
      await server?.execute(url.replace(/other$/, 'postgres'), 'drop database other');
    },
  );
});
