import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { memberIds, patchedUser, patching } from '../support/patching.js';
import { create, expectError, GROUP, list, patchOf, type Resource, read } from '../support/scim.js';
import { type Service, startService } from '../support/service.js';

const service = describeService();
let user: Resource;
beforeAll(async () => {
  user = await create(service, '/Users', { userName: 'member', displayName: 'Member' });
});

let count = 0;
const group = (members: readonly unknown[] = [], of = service) =>
  create(of, '/Groups', {
    displayName: `group${++count}`,
    members: members.map((value) => ({ value })),
  });

describe('R-250 a member', () => {
  it('has value, $ref and type, for users and for groups', async () => {
    const inner = await group();
    const { id } = await group([user.id, inner.id]);
    const { members } = await read(service, `/Groups/${id}`);
    expect(members).toEqual([
      { value: user.id, $ref: user.meta.location, type: 'User', display: 'Member' },
      { value: inner.id, $ref: inner.meta.location, type: 'Group', display: inner.displayName },
    ]);
    for (const { value, $ref } of members as { value: string; $ref: string }[]) {
      const answer = await service.request('GET', $ref.slice(service.url.length));
      expect(answer.json<Resource>().id).toBe(value);
    }
  });
  it('has these whatever the client said', async () => {
    const members = [
      { value: user.id, $ref: 'https://elsewhere/Users/1', display: 'Wrong', type: 'User' },
    ];
    const made = await create(service, '/Groups', { displayName: 'g', members });
    expect(made.members).toEqual([
      { value: user.id, $ref: user.meta.location, type: 'User', display: 'Member' },
    ]);
  });
  it('follows its new name', async () => {
    const { apply, made } = await patchedUser(service, { displayName: 'Before' });
    const { id } = await group([made.id]);
    await apply({ op: 'replace', path: 'displayName', value: 'After' });
    expect((await read(service, `/Groups/${id}`)).members).toMatchObject([{ display: 'After' }]);
  });
  it('has relative references for SRAM', async () => {
    const { id } = await group([user.id]);
    const { members } = await read(service, `/Groups/${id}`, { 'X-Service': '1' });
    expect(members).toMatchObject([{ $ref: `/Users/${user.id}` }]);
  });
});

describe('R-251 groups of groups', () => {
  it('may be nested', async () => {
    const inner = await group([user.id]);
    const outer = await group([inner.id]);
    expect((await read(service, `/Groups/${outer.id}`)).members).toMatchObject([
      { value: inner.id, type: 'Group' },
    ]);
    const filter = `members.value eq "${inner.id}"`;
    const { Resources } = await list(service, '/Groups', { filter });
    expect(Resources.map(({ id }) => id)).toEqual([outer.id]);
  });
  it.each([1, 2, 5])('a cycle of %i holds up nothing', async (length) => {
    const own = await startService();
    try {
      const someone = await create(own, '/Users', { userName: 'someone' });
      const groups: Resource[] = [];
      for (let i = 0; i < length; i++) groups.push(await group([someone.id], own));
      for (const [i, { id }] of groups.entries()) {
        const value = [{ value: groups[(i + 1) % length]?.id }];
        const answer = await own.request(
          'PATCH',
          `/Groups/${id}`,
          patchOf({ op: 'add', path: 'members', value }),
        );
        expect([200, 204]).toContain(answer.status);
      }
      expect((await read(own, `/Users/${someone.id}`)).groups).toHaveLength(length);
      expect((await list(own, '/Groups')).totalResults).toBe(length);
      expect((await list(own, '/Users', { filter: 'groups pr' })).totalResults).toBe(1);
      for (const { id } of groups) {
        const next = await read(own, `/Groups/${id}`);
        expect(next.members).toHaveLength(2);
      }
      for (const { id } of groups) {
        expect((await own.request('DELETE', `/Groups/${id}`)).status).toBe(204);
      }
      expect(await read(own, `/Users/${someone.id}`)).not.toHaveProperty('groups');
      expect((await list(own, '/Groups')).totalResults).toBe(0);
    } finally {
      await own.close();
    }
  });
});

it('R-252 the same member twice is stored once', async () => {
  const made = await group([user.id, user.id, user.id]);
  expect(memberIds(made)).toEqual([user.id]);
  const { apply } = patching(service, '/Groups', made);
  const members = [
    { value: user.id, display: 'a', type: 'User' },
    { value: user.id, display: 'b', $ref: 'x' },
  ];
  expect(memberIds(await apply({ op: 'replace', path: 'members', value: members }))).toEqual([
    user.id,
  ]);
});

it('R-252 two groups may have the same name', async () => {
  for (let i = 0; i < 2; i++) await create(service, '/Groups', { displayName: 'admins' });
  const filter = 'displayName eq "ADMINS"';
  expect((await list(service, '/Groups', { filter })).totalResults).toBe(2);
});

describe('R-253 R-167 a group of 100,000', () => {
  let large: Service;
  let made: Resource;
  let file: string;
  const size = 100_000;
  beforeAll(async () => {
    const schemas = [GROUP];
    large = await startService({ UNKNOWN_MEMBERS: 'accept' });
    const members = Array.from({ length: size }, (_, i) => ({ value: `member-${i}` }));
    const answer = await large.request('POST', '/Groups?excludedAttributes=members', {
      body: { schemas, displayName: 'large', members },
    });
    expect(answer.status, answer.text.slice(0, 500)).toBe(201);
    made = answer.json<Resource>();
    file = join(large.dataPath, 'Groups', made.id);
  }, 60_000);
  afterAll(() => large.close());

  /** What is written of changes that are not in the file yet. */
  async function appended(): Promise<string> {
    const folder = join(large.dataPath, '.scim', 'Groups');
    const texts = (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8'));
    return (await Promise.all(texts)).join('');
  }

  it.each([
    ['add', { op: 'add', path: 'members', value: [{ value: 'new' }] }],
    ['remove by filter', { op: 'remove', path: 'members[value eq "member-5"]' }],
    ['remove by list', { op: 'remove', path: 'members', value: [{ value: 'member-6' }] }],
  ])('%s of one writes one line, not the group', async (_, operation) => {
    const before = await stat(file);
    const lines = await appended();
    const answer = await large.request('PATCH', `/Groups/${made.id}`, patchOf(operation));
    expect([answer.status, answer.text]).toEqual([204, '']);
    const after = await stat(file);
    expect([after.mtimeMs, after.size, after.ino]).toEqual([
      before.mtimeMs,
      before.size,
      before.ino,
    ]);
    const line = (await appended()).slice(lines.length);
    expect(line.length).toBeGreaterThan(0);
    expect(line.length).toBeLessThan(500);
    expect(before.size).toBeGreaterThan(size * 10);
  });
  it('a no-op writes nothing', async () => {
    const lines = await appended();
    const operation = { op: 'add', path: 'members', value: [{ value: 'member-7' }] };
    const answer = await large.request('PATCH', `/Groups/${made.id}`, patchOf(operation));
    expect(answer.status).toBe(204);
    expect(await appended()).toBe(lines);
  });
  it('is read and found without its members', async () => {
    const parameters = { filter: 'displayName eq "large"', excludedAttributes: 'members' };
    const { Resources } = await list(large, '/Groups', parameters);
    expect(Resources).toHaveLength(1);
    expect(JSON.stringify(Resources).length).toBeLessThan(1000);
    for (const [value, total] of [
      ['member-99999', 1],
      ['new', 1],
      ['member-5', 0],
      ['member-6', 0],
    ] as const) {
      const filter = `id eq "${made.id}" and members eq "${value}"`;
      const found = await list(large, '/Groups', { filter, excludedAttributes: 'members' });
      expect(found.totalResults, value).toBe(total);
    }
  });
  it('has every member when it is asked for them', async () => {
    const ids = new Set(memberIds(await read(large, `/Groups/${made.id}`)));
    expect([ids.size, ids.has('new'), ids.has('member-5')]).toEqual([size - 1, true, false]);
  });
  it('can be replaced as a whole', async () => {
    const members = Array.from({ length: size }, (_, i) => ({ value: `other-${i}` }));
    const body = { schemas: made.schemas, displayName: 'large', members };
    const path = `/Groups/${made.id}?attributes=displayName`;
    expect((await large.request('PUT', path, { body })).status).toBe(200);
    const filter = 'members eq "other-9"';
    expect((await list(large, '/Groups', { filter, attributes: 'id' })).totalResults).toBe(1);
  });
});

describe('hostile groups', () => {
  it.each([[[null]], [['x', null]], [[[]]], [[{ value: null }]], [[{}]], ['x'], [{ value: [] }]])(
    'members %j leave every list readable',
    async (members) => {
      const body = { schemas: [GROUP], displayName: 'h', members };
      const answer = await service.request('POST', '/Groups', { body });
      if (answer.status !== 201) expectError(answer, 400, 'invalidValue');
      else expect(answer.body).toMatchObject({ members: [] });
      await list(service, '/Groups');
      await list(service, '/Users', { attributes: 'groups' });
    },
  );
});
