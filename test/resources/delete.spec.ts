import { beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { memberIds } from '../support/patching.js';
import {
  create,
  ENTERPRISE,
  expectError,
  list,
  patchOf,
  read,
  SEARCH,
  USER,
} from '../support/scim.js';
import { startService } from '../support/service.js';

const service = describeService();
let count = 0;
beforeAll(async () => {});

const user = (attributes: object = {}) =>
  create(service, '/Users', { userName: `deleted${++count}`, ...attributes });

async function remove(path: string, of = service): Promise<void> {
  const answer = await of.request('DELETE', path);
  expect([answer.status, answer.text]).toEqual([204, '']);
  expect(answer.headers.get('content-type')).toBeNull();
}

describe('R-246 deleted is gone', () => {
  it.each(['/Users', '/Groups'] as const)('of %s', async (endpoint) => {
    const attributes = endpoint === '/Users' ? { userName: 'gone' } : { displayName: 'gone' };
    const { id, schemas } = await create(service, endpoint, attributes);
    const path = `${endpoint}/${id}`;
    await remove(path);
    expectError(await service.request('GET', path), 404);
    expectError(await service.request('PUT', path, { body: { schemas, ...attributes } }), 404);
    const patch = patchOf({ op: 'replace', path: 'displayName', value: 'x' });
    expectError(await service.request('PATCH', path, patch), 404);
    const member = patchOf({ op: 'remove', path: 'members' });
    if (endpoint === '/Groups') expectError(await service.request('PATCH', path, member), 404);
    expectError(await service.request('DELETE', path), 404);
    expectError(await service.request('GET', path), 404);
  });
  it('what never was is no more', async () => {
    const group = await create(service, '/Groups', { displayName: 'g' });
    for (const id of ['unknown', '__proto__', group.id, '..%2fGroups%2f', 'a%00']) {
      expectError(await service.request('DELETE', `/Users/${id}`), 404);
    }
    await read(service, `/Groups/${group.id}`);
  });
  it('also after a restart', async () => {
    const first = await startService();
    const { dataPath } = first;
    const { id } = await create(first, '/Users', { userName: 'gone' });
    const kept = await create(first, '/Users', { userName: 'kept' });
    await remove(`/Users/${id}`, first);
    // `close` of a service without a DATA_PATH of its own would take the data along.
    const second = await startService({ DATA_PATH: await copyOf(dataPath) });
    try {
      expectError(await second.request('GET', `/Users/${id}`), 404);
      await read(second, `/Users/${kept.id}`);
    } finally {
      await second.close();
      await first.close();
    }
  });
});

/** A copy of the data as it is on disk, as after a crash, without the lock of the one who runs. */
async function copyOf(dataPath: string): Promise<string> {
  const { cp, mkdtemp } = await import('node:fs/promises');
  const { tmpdir } = await import('node:os');
  const copy = await mkdtemp(`${tmpdir()}/scim-copy-`);
  await cp(dataPath, copy, { recursive: true, filter: (name) => !name.endsWith('/lock') });
  return copy;
}

it('R-247 no query tells of it', async () => {
  const { id, userName } = await user({ emails: [{ value: 'gone@x.org' }], externalId: 'gone' });
  const { totalResults } = await list(service, '');
  await remove(`/Users/${id}`);
  for (const filter of [
    `userName eq "${userName}"`,
    'externalId eq "gone"',
    'emails.value eq "gone@x.org"',
    `id eq "${id}"`,
    `not (id ne "${id}")`,
  ]) {
    expect((await list(service, '/Users', { filter })).totalResults, filter).toBe(0);
    expect((await list(service, '', { filter })).totalResults, filter).toBe(0);
    const body = { schemas: [SEARCH], filter };
    const found = await service.request('POST', '/.search', { body });
    expect(found.body).toMatchObject({ totalResults: 0, Resources: [] });
  }
  const all = await list(service, '');
  expect(all.totalResults).toBe(totalResults - 1);
  expect(all.Resources.map((one) => one.id)).not.toContain(id);
});

it('R-248 its names are free again, its id is not', async () => {
  const ids = new Set<string>();
  for (let i = 0; i < 5; i++) {
    const { id } = await create(service, '/Users', { userName: 'phoenix', externalId: 'ash' });
    expect(ids).not.toContain(id);
    ids.add(id);
    await remove(`/Users/${id}`);
  }
});

describe('R-249 references to it go with it', () => {
  it('of a user: members and managers', async () => {
    const [boss, other] = [await user(), await user()];
    const members = [{ value: boss.id }, { value: other.id }];
    const group = await create(service, '/Groups', { displayName: 'g', members });
    const alone = await create(service, '/Groups', {
      displayName: 'a',
      members: members.slice(0, 1),
    });
    const schemas = [USER, ENTERPRISE];
    const manager = { value: boss.id };
    const clerk = await user({ schemas, [ENTERPRISE]: { manager, department: 'D' } });
    const hand = await user({ schemas, [ENTERPRISE]: { manager } });
    await remove(`/Users/${boss.id}`);
    const after = await read(service, `/Groups/${group.id}`);
    expect(memberIds(after)).toEqual([other.id]);
    expect(after.meta.version).not.toBe(group.meta.version);
    expect(await read(service, `/Groups/${alone.id}`)).toMatchObject({ members: [] });
    expect((await read(service, `/Users/${clerk.id}`))[ENTERPRISE]).toEqual({ department: 'D' });
    const bare = await read(service, `/Users/${hand.id}`);
    expect(bare).not.toHaveProperty([ENTERPRISE]);
    expect(bare.schemas).toEqual([USER]);
    const filter = `members.value eq "${boss.id}"`;
    expect((await list(service, '/Groups', { filter })).totalResults).toBe(0);
    const managed = `${ENTERPRISE}:manager.value eq "${boss.id}"`;
    expect((await list(service, '/Users', { filter: managed })).totalResults).toBe(0);
  });
  it('of a group: groups of users, and members of groups', async () => {
    const member = await user();
    const inner = await create(service, '/Groups', {
      displayName: 'inner',
      members: [{ value: member.id }],
    });
    const outer = await create(service, '/Groups', {
      displayName: 'outer',
      members: [{ value: inner.id }],
    });
    expect((await read(service, `/Users/${member.id}`)).groups).toMatchObject([
      { value: inner.id },
    ]);
    await remove(`/Groups/${inner.id}`);
    expect(await read(service, `/Users/${member.id}`)).not.toHaveProperty('groups');
    expect(await read(service, `/Groups/${outer.id}`)).toMatchObject({ members: [] });
  });
});

it('takes a DELETE with the body and the Content-Type that some clients send', async () => {
  for (const headers of [{ 'Content-Type': 'application/scim+json' }, { Accept: '*/*' }]) {
    const { id } = await user();
    expect((await service.request('DELETE', `/Users/${id}`, { headers })).status).toBe(204);
  }
});
