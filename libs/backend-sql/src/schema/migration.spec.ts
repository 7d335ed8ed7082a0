import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRepositories } from '#backend';
import { fixtureOf, registry, tick, userDraft } from '#backend-testkit';
import { parseFilter, type ResourceType } from '#scim';
import { testRegistry } from '../../../scim/src/testing/registry.js';
import { SqlConnector } from '../sql.connector.js';
import type { SqlNotice } from '../sql.options.js';
import { DIALECTS, type TestDatabases } from '../testing/dialects.js';

const BADGES = 'urn:example:badges';

/** Users with a list of badges that nobody else may have. */
const BADGED = testRegistry({
  'extensions/User/badges.json': {
    id: BADGES,
    name: 'Badges',
    attributes: [
      {
        name: 'badges',
        type: 'complex',
        multiValued: true,
        subAttributes: [{ name: 'value', type: 'string', uniqueness: 'server' }],
      },
    ],
  },
});

for (const dialect of DIALECTS) {
  describe.skipIf(dialect.reason)(`the schema on ${dialect.name}`, () => {
    let databases: TestDatabases | undefined;
    beforeAll(async () => {
      databases = await dialect.start();
    }, 60_000);
    afterAll(async () => databases?.remove());

    it('tables of a prefix are of another tenant', async () => {
      const url = (await databases?.createDatabase()) ?? '';
      const [own, other] = await Promise.all([
        new SqlConnector({ url }).open(registry.types),
        new SqlConnector({ url, prefix: 'acme_' }).open(registry.types),
      ]);
      const [a, b] = [fixtureOf(own), fixtureOf(other)];
      const user = await a.createUser({ userName: 'same' });
      await b.createUser({ userName: 'same' });
      await a.createUser();
      expect(await b.users.get(user.id)).toBeUndefined();
      expect((await b.users.query({ start: { offset: 0 }, limit: 9 })).total).toBe(1);
      await Promise.all([own.close(), other.close()]);
    });

    it('what is unique, and what is indexed, may change', async () => {
      const url = (await databases?.createDatabase()) ?? '';
      const loose = testRegistry({}, { externalIdUnique: false }).types;
      const first = await opened(url, loose);
      const twins = [
        await first.fixture.createUser({ externalId: 'same' }),
        await first.fixture.createUser({ externalId: 'same' }),
      ];
      await first.backend.close();
      const strict = await opened(url, registry.types);
      expect(strict.notices.map(({ kind }) => kind)).toContain('duplicate-value');
      const { users } = strict.fixture;
      const again = users.put(userDraft({ externalId: 'same' }), { now: tick() });
      await expect(again).rejects.toMatchObject({ code: 'unique' });
      const filter = parseFilter('externalId eq "same"', users.type);
      const found = await users.query({ filter, start: { offset: 0 }, limit: 9 });
      expect(found.items.map(({ id }) => id)).toEqual(twins.map(({ id }) => id));
      await strict.backend.close();
      const last = await opened(url, loose);
      await last.fixture.createUser({ externalId: 'same' });
      await last.backend.close();
    });

    it('elements that must be unique are, in lists as well', async () => {
      const url = (await databases?.createDatabase()) ?? '';
      const backend = await new SqlConnector({ url }).open(BADGED.types);
      const users = createRepositories(backend, BADGED).get('User');
      if (users === undefined) throw new Error('there are no users');
      const tokens = (...values: string[]) =>
        userDraft({ [BADGES]: { badges: values.map((value) => ({ value })) } });
      const { stored } = await users.put(tokens('a', 'b', 'a'), { now: tick() });
      const taken = users.put(tokens('c', 'B'), { now: tick() });
      await expect(taken).rejects.toMatchObject({
        code: 'unique',
        details: { path: `${BADGES}:badges.value` },
      });
      const fewer = { ...stored, [BADGES]: { badges: [{ value: 'a' }] } };
      await users.put(fewer, { ifVersion: stored.meta.version, now: tick() });
      await users.put(tokens('c', 'B'), { now: tick() });
      await backend.close();
    });

    it('leaves a database of a newer version alone', async () => {
      const url = (await databases?.createDatabase()) ?? '';
      const { backend } = await opened(url, registry.types);
      await backend.close();
      await databases?.execute(url, `update scim_state set value = '99' where name = 'version'`);
      await expect(opened(url, registry.types)).rejects.toThrow(/newer version/);
    });
  });
}

async function opened(url: string, types: readonly ResourceType[]) {
  const notices: SqlNotice[] = [];
  const backend = await new SqlConnector({ url, report: (notice) => notices.push(notice) }).open(
    types,
  );
  return { backend, notices, fixture: fixtureOf(backend) };
}
