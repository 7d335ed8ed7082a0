import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRepositories, type Repository, type Stored } from '#backend';
import { registry, tick } from '#backend-testkit';
import { isArray, type Json, type JsonObject, parseFilter } from '#scim';
import { SqlConnector } from '../sql.connector.js';
import type { SqlNotice } from '../sql.options.js';
import { DIALECTS, quotedFor, type TestDatabases } from '../testing/dialects.js';

const REFERENCE = new URL('../../test-data/reference/', import.meta.url);

/** How each database's documentation reads a user's name. */
const DOCUMENTED = {
  sqlite: `select details->>'$.userName' as name from "Users"`,
  postgres: `select details->>'userName' as name from "Users"`,
  mariadb: "select json_value(details, '$.userName') as name from `Users`",
  mysql: "select json_value(details, '$.userName') as name from `Users`",
};

const MEMBERS_LEFT = {
  sqlite: `select id from "Groups" where json_type(details, '$.members') is not null`,
  postgres: `select id from "Groups" where details->'members' is not null`,
  mariadb: "select id from `Groups` where json_exists(details, '$.members')",
  mysql: "select id from `Groups` where json_contains_path(details, 'one', '$.members')",
};

for (const dialect of DIALECTS) {
  describe.skipIf(dialect.reason)(`a database of the reference on ${dialect.name}`, () => {
    let databases: TestDatabases | undefined;
    beforeAll(async () => {
      databases = await dialect.start();
    }, 60_000);
    afterAll(async () => databases?.remove());

    const restored = async (): Promise<string> => {
      const url = (await databases?.createDatabase()) ?? '';
      await databases?.execute(url, dump(dialect.name));
      return url;
    };

    it('is served as it is: the same resources, members and groups', async () => {
      const { backend, users, groups } = await open(await restored());
      const wanted = expected(dialect.name);
      for (const user of wanted.users) {
        expect(await users.get(user.id)).toEqual(kept(user, 'User'));
        expect(await find(users, `userName eq ${JSON.stringify(user.userName)}`)).toEqual([
          user.id,
        ]);
        expect(await find(users, `externalId eq ${JSON.stringify(user.externalId)}`)).toEqual([
          user.id,
        ]);
        const email = (user.emails as JsonObject[])[0]?.value;
        expect(await find(users, `emails.value eq ${JSON.stringify(email)}`)).toEqual([user.id]);
        const holders = wanted.groups.filter((group) => valuesOf(group.members).includes(user.id));
        const read = await users.get(user.id, { expand: ['groups'] });
        expect(valuesOf(read?.groups).sort()).toEqual(holders.map(({ id }) => id).sort());
      }
      for (const group of wanted.groups) {
        const read = await groups.get(group.id, { expand: ['members'] });
        expect({ ...read, members: undefined }).toEqual(kept({ ...group, members: [] }, 'Group'));
        // In the order in which they were added, with the present names.
        const members = (group.members as JsonObject[]).map(({ value, display }) => ({
          value,
          type: 'User',
          display,
        }));
        expect(read?.members ?? []).toEqual(members);
        for (const id of valuesOf(group.members)) {
          expect(await find(groups, `members.value eq "${id}"`)).toContain(group.id);
        }
      }
      const page = await users.query({ start: { offset: 0 }, limit: 100 });
      expect(page.total).toBe(3);
      expect(page.items.map(({ id }) => id)).toEqual(wanted.users.map(({ id }) => id));
      await backend.close();
    });

    it('can be changed, and stays readable by the documented SQL', async () => {
      const url = await restored();
      const { backend, users, groups } = await open(url);
      const [jane, ...others] = wantedUsers(dialect.name);
      const [research, second] = expected(dialect.name).groups;
      if (jane === undefined || research === undefined) throw new Error('nothing is expected');
      const user = await existing(users, jane.id);
      const renamed = { ...user, userName: 'jane', meta: { ...user.meta, lastModified: tick() } };
      await users.put(renamed, { ifVersion: user.meta.version, now: tick() });
      const gone = others[0]?.id ?? '';
      const deletion = await users.delete(gone, { now: tick() });
      expect(deletion?.changed.map(({ stored }) => stored.id)).toEqual([research.id]);
      const added = [{ relation: 'members', add: [{ value: others[1]?.id ?? '' }], remove: [] }];
      await groups.applyDelta(second?.id ?? '', added, { now: tick() });
      await backend.close();
      const names = await databases?.execute(url, DOCUMENTED[dialect.name]);
      expect(names?.map(({ name }) => name).sort()).toEqual(
        ['jane', String(others[1]?.userName)].sort(),
      );
      expect(await databases?.execute(url, MEMBERS_LEFT[dialect.name])).toEqual([]);
      const again = await open(url);
      const read = await again.groups.get(second?.id ?? '', { expand: ['members'] });
      expect(valuesOf(read?.members)).toEqual([...valuesOf(second?.members), others[1]?.id]);
      await again.backend.close();
    });

    it('is taken over once, however many start at once', async () => {
      const url = await restored();
      const notices: SqlNotice[] = [];
      const several = await Promise.all(
        Array.from({ length: 3 }, () => open(url, (notice) => notices.push(notice))),
      );
      expect(notices.map(({ kind }) => kind)).toEqual(['taking-over', 'taking-over']);
      const versions = await Promise.all(
        several.map(async ({ users }) => {
          const { items, total } = await users.query({ start: { offset: 0 }, limit: 9 });
          return [total, ...items.map(({ meta }) => meta.version)];
        }),
      );
      expect(new Set(versions.map((each) => JSON.stringify(each))).size).toBe(1);
      await Promise.all(several.map(({ backend }) => backend.close()));
      const again = await open(url, (notice) => notices.push(notice));
      expect(notices).toHaveLength(2);
      await again.backend.close();
    });

    it('serves values that are there twice, and rows that are no resources not at all', async () => {
      const url = await restored();
      const twin = JSON.stringify({ userName: 'JDOE', emails: [], externalId: 'another' });
      const broken = JSON.stringify({ userName: 42 });
      for (const [id, details] of [
        ['twin', twin],
        ['broken', broken],
      ]) {
        await databases?.execute(
          url,
          `insert into ${quotedFor(dialect, 'Users')} (id, details) values ('${id}', '${details}')`,
        );
      }
      const notices: SqlNotice[] = [];
      const { backend, users } = await open(url, (notice) => notices.push(notice));
      expect(notices.map(({ kind }) => kind).sort()).toEqual(
        ['duplicate-value', 'taking-over', 'taking-over', 'unreadable'].sort(),
      );
      const [jane] = wantedUsers(dialect.name);
      expect([...(await find(users, 'userName eq "jdoe"'))].sort()).toEqual(
        ['twin', jane?.id].sort(),
      );
      expect(await users.get('broken')).toBeUndefined();
      expect((await users.query({ start: { offset: 0 }, limit: 9 })).total).toBe(4);
      const user = await existing(users, 'twin');
      const write = { ifVersion: user.meta.version, now: tick() };
      const same = users.put({ ...user, title: 'x' }, write);
      await expect(same).rejects.toMatchObject({ code: 'unique', details: { path: 'userName' } });
      await users.put({ ...user, userName: 'own' }, write);
      expect(await find(users, 'userName eq "jdoe"')).toEqual([jane?.id]);
      await backend.close();
    });
  });
}

interface Expected {
  readonly users: readonly (JsonObject & { readonly id: string })[];
  readonly groups: readonly (JsonObject & { readonly id: string })[];
}

function expected(name: string): Expected {
  return JSON.parse(readFileSync(new URL(`${madeBy(name)}.expected.json`, REFERENCE), 'utf8'));
}

function wantedUsers(name: string) {
  return expected(name).users;
}

/** The reference makes the same tables in MySQL as in MariaDB, but for the type of JSON there. */
const MARIADB_JSON = /`(\w+)` longtext [^\n]* CHECK \(json_valid\(`\1`\)\)/g;

function madeBy(name: string): string {
  return name === 'mysql' ? 'mariadb' : name;
}

/** The dump without what only its own client understands. */
function dump(name: string): string {
  const text = readFileSync(new URL(`${madeBy(name)}.sql`, REFERENCE), 'utf8');
  const own = name === 'mysql' ? text.replaceAll(MARIADB_JSON, '`$1` json') : text;
  return own.replaceAll(/^\\.*$/gm, '').replace(/^SELECT pg_catalog.set_config.*$/m, '');
}

/** What the reference answers, in the kept form, with any version. */
function kept({ meta, ...rest }: JsonObject, resourceType: string): JsonObject {
  const lastModified = `${(meta as { lastModified: string }).lastModified}Z`;
  const entries = Object.entries(rest).filter(([, value]) => !isArray(value) || value.length > 0);
  return {
    ...Object.fromEntries(entries),
    meta: { resourceType, created: lastModified, lastModified, version: expect.any(String) },
  };
}

function valuesOf(elements: Json | undefined): string[] {
  return isArray(elements) ? elements.map((element) => String((element as JsonObject).value)) : [];
}

async function open(url: string, report: (notice: SqlNotice) => void = () => undefined) {
  const backend = await new SqlConnector({ url, report }).open(registry.types);
  const repositories = createRepositories(backend, registry);
  const named = (name: string): Repository => {
    const found = repositories.get(name);
    if (found === undefined) throw new Error(`no repository for ${name}`);
    return found;
  };
  return { backend, users: named('User'), groups: named('Group') };
}

async function find(repository: Repository, text: string): Promise<readonly string[]> {
  const filter = parseFilter(text, repository.type);
  const { items } = await repository.query({ filter, start: { offset: 0 }, limit: 9 });
  return items.map(({ id }) => id);
}

async function existing(repository: Repository, id: string): Promise<Stored> {
  const stored = await repository.get(id);
  if (stored === undefined) throw new Error(`there is no ${id}`);
  return stored;
}
