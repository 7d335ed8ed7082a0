import { describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { memberIds } from '../support/patching.js';
import {
  create,
  expectError,
  GROUP,
  list,
  patchOf,
  type Resource,
  read,
  USER,
} from '../support/scim.js';
import { type Answer, type Service } from '../support/service.js';

const service = describeService();

/** How often each status came. */
function tally(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

const times = <T>(count: number, make: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => make(i)));

describe('R-084 R-087 unique values', () => {
  it('of 50 that create one userName, in any case, one does', async () => {
    const answers = await times(50, (i) => {
      const userName = i % 2 === 0 ? 'parallel' : 'PARALLEL';
      return service.request('POST', '/Users', { body: { schemas: [USER], userName } });
    });
    expect(tally(answers)).toEqual({ 201: 1, 409: 49 });
    for (const answer of answers) if (answer.status === 409) expectError(answer, 409, 'uniqueness');
    const filter = 'userName eq "parallel"';
    expect((await list(service, '/Users', { filter })).totalResults).toBe(1);
  });
  it('of 20 groups with one externalId, one is', async () => {
    const body = { schemas: [GROUP], displayName: 'g', externalId: 'one' };
    const answers = await times(20, () => service.request('POST', '/Groups', { body }));
    expect(tally(answers)).toEqual({ 201: 1, 409: 19 });
  });
  it('R-182 R-202 of 20 users who want one name, by PUT and PATCH, one gets it', async () => {
    const users = await times(20, (i) => create(service, '/Users', { userName: `wants${i}` }));
    const answers = await times(20, (i) => {
      const path = `/Users/${users[i]?.id}`;
      const body = { schemas: [USER], userName: 'wanted' };
      const patch = patchOf({ op: 'replace', path: 'userName', value: 'Wanted' });
      return i % 2 ? service.request('PUT', path, { body }) : service.request('PATCH', path, patch);
    });
    expect(tally(answers)).toEqual({ 200: 1, 409: 19 });
    const filter = 'userName eq "wanted" or userName sw "wants"';
    expect((await list(service, '/Users', { filter })).totalResults).toBe(20);
  });
  it('R-264 nor do bulk requests make two', async () => {
    const Operations = [
      {
        method: 'POST',
        path: '/Users',
        bulkId: 'a',
        data: { schemas: [USER], userName: 'inbulk' },
      },
    ];
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'];
    const answers = await times(10, () =>
      service.request('POST', '/Bulk', { body: { schemas, Operations } }),
    );
    const statuses = answers.map(
      (answer) => answer.json<{ Operations: { status: string }[] }>().Operations[0]?.status,
    );
    expect(statuses.sort()).toEqual(['201', ...Array(9).fill('409')]);
  });
});

describe('members of one group', () => {
  async function team(size: number) {
    const users = await times(size, () =>
      create(service, '/Users', { userName: `team${Math.random()}` }),
    );
    const group = await create(service, '/Groups', { displayName: 'team' });
    return { ids: users.map(({ id }) => id), path: `/Groups/${group.id}`, group };
  }
  const ok = (answers: readonly Answer[]) => {
    for (const { status, text } of answers) expect([200, 204], text).toContain(status);
  };

  it('16 clients add different ones: nobody is lost', async () => {
    const { ids, path, group } = await team(16);
    const answers = await times(16, (i) =>
      service.request(
        'PATCH',
        path,
        patchOf({ op: 'add', path: 'members', value: [{ value: ids[i] }] }),
      ),
    );
    ok(answers);
    expect(memberIds(await read(service, path))).toEqual([...ids].sort());
    for (const id of ids) {
      expect((await read(service, `/Users/${id}`)).groups).toMatchObject([{ value: group.id }]);
    }
  });

  it('16 clients add the same one: it is there once', async () => {
    const { ids, path } = await team(1);
    const add = patchOf({ op: 'add', path: 'members', value: [{ value: ids[0] }] });
    ok(await times(16, () => service.request('PATCH', path, add)));
    expect(memberIds(await read(service, path))).toEqual(ids);
  });

  it('adding, removing and renaming at once, each in its own way', async () => {
    const { ids, path } = await team(24);
    const value = ids.slice(0, 8).map((id) => ({ value: id }));
    ok([await service.request('PATCH', path, patchOf({ op: 'add', path: 'members', value }))]);
    const answers = await times(24, (i) => {
      const [id, member] = [ids[i], [{ value: ids[i] }]];
      const rename = { op: 'replace', path: 'displayName', value: `name${i}` };
      if (i < 4)
        return service.request(
          'PATCH',
          path,
          patchOf({ op: 'remove', path: `members[value eq "${id}"]` }),
        );
      if (i < 8)
        return service.request(
          'PATCH',
          path,
          patchOf({ op: 'remove', path: 'members', value: member }, rename),
        );
      const add = { op: 'add', path: 'members', value: member };
      return service.request('PATCH', path, i < 16 ? patchOf(add) : patchOf(rename, add));
    });
    ok(answers);
    const after = await read(service, path);
    expect(memberIds(after)).toEqual(ids.slice(8).sort());
    expect(after.displayName).toMatch(/^name\d+$/);
  });

  it('R-303 all of them stated at once, while others come and go', async () => {
    const { ids, path } = await team(18);
    const [a = '', b = '', ...own] = ids;
    let done = false;
    const churn = own.map(async (id) => {
      const value = [{ value: id }];
      while (!done) {
        for (const op of ['add', 'remove']) {
          ok([await service.request('PATCH', path, patchOf({ op, path: 'members', value }))]);
        }
      }
    });
    const put = (id: string) => {
      const body = { schemas: [GROUP], displayName: 'team', members: [{ value: id }] };
      return service.request('PUT', path, { body });
    };
    const replace = (id: string) =>
      service.request(
        'PATCH',
        path,
        patchOf({ op: 'replace', path: 'members', value: [{ value: id }] }),
      );
    const stated: Answer[] = [];
    for (let i = 0; i < 5; i++) stated.push(await put(a), await replace(b));
    done = true;
    await Promise.all(churn);
    ok(stated);
    expect(memberIds(await read(service, path))).toEqual([b]);
  });

  it('members that are deleted while they are added are no members afterwards', async () => {
    const { ids, path } = await team(10);
    const answers = await times(20, (i) => {
      const id = ids[i % 10];
      if (i >= 10) return service.request('DELETE', `/Users/${id}`);
      return service.request(
        'PATCH',
        path,
        patchOf({ op: 'add', path: 'members', value: [{ value: id }] }),
      );
    });
    expect(answers.slice(10).map(({ status }) => status)).toEqual(Array(10).fill(204));
    for (const { status, text } of answers.slice(0, 10))
      expect([200, 204, 400], text).toContain(status);
    expect(await read(service, path)).toMatchObject({ members: [] });
  });
});

describe('R-273 R-276 writers with the same If-Match', () => {
  const forms: readonly (readonly [
    string,
    (made: Resource, i: number) => Parameters<Service['request']>,
  ])[] = [
    [
      'PATCH',
      ({ id }, i) => [
        'PATCH',
        `/Users/${id}`,
        patchOf({ op: 'replace', path: 'title', value: `t${i}` }),
      ],
    ],
    [
      'PUT',
      ({ id, userName }, i) => [
        'PUT',
        `/Users/${id}`,
        { body: { schemas: [USER], userName, title: `t${i}` } },
      ],
    ],
    ['DELETE', ({ id }) => ['DELETE', `/Users/${id}`, {}]],
  ];
  it.each(forms)('%s: exactly one of 10 succeeds', async (method, form) => {
    const made = await create(service, '/Users', { userName: `race-${method}` });
    const headers = { 'If-Match': made.meta.version };
    const answers = await times(10, (i) => {
      const [verb, path, sent] = form(made, i);
      return service.request(verb, path, { ...sent, headers });
    });
    const counts = tally(answers);
    const [verb, path, sent] = form(made, 11);
    const late = await service.request(verb, path, { ...sent, headers });
    expectError(late, method === 'DELETE' ? 404 : 412);
    if (method === 'DELETE') {
      expect(counts[204]).toBe(1);
      expect((counts[404] ?? 0) + (counts[412] ?? 0)).toBe(9);
      return;
    }
    expect(counts).toEqual({ 200: 1, 412: 9 });
    const winner = answers.find(({ status }) => status === 200)?.json<Resource>();
    expect((await read(service, `/Users/${made.id}`)).title).toBe(winner?.title);
  });
  it('R-246 of 10 that delete without one, one does', async () => {
    const { id } = await create(service, '/Users', { userName: 'race' });
    const answers = await times(10, () => service.request('DELETE', `/Users/${id}`));
    expect(tally(answers)).toEqual({ 204: 1, 404: 9 });
  });
  it('changes of members count as well', async () => {
    const users = await times(8, (i) => create(service, '/Users', { userName: `ifmatch${i}` }));
    const group = await create(service, '/Groups', { displayName: 'g' });
    const headers = { 'If-Match': group.meta.version };
    const answers = await times(8, (i) => {
      const operation = { op: 'add', path: 'members', value: [{ value: users[i]?.id }] };
      return service.request('PATCH', `/Groups/${group.id}`, { ...patchOf(operation), headers });
    });
    const counts = tally(answers);
    expect(counts[412]).toBe(7);
    expect((await read(service, `/Groups/${group.id}`)).members).toHaveLength(1);
  });
});

describe('R-191 writers without If-Match', () => {
  it('lose nothing of each other: different attributes', async () => {
    const { id } = await create(service, '/Users', { userName: 'shared' });
    const attributes = ['title', 'nickName', 'displayName', 'userType', 'locale', 'timezone'];
    const answers = await times(30, (i) => {
      const path = attributes[i % attributes.length];
      return service.request(
        'PATCH',
        `/Users/${id}`,
        patchOf({ op: 'replace', path, value: `v${i}` }),
      );
    });
    expect(tally(answers)).toEqual({ 200: 30 });
    const after = await read(service, `/Users/${id}`);
    for (const name of attributes) expect(after[name], name).toMatch(/^v\d+$/);
  });
  it('nor elements of one list', async () => {
    const { id } = await create(service, '/Users', { userName: 'listed' });
    const answers = await times(20, (i) =>
      service.request(
        'PATCH',
        `/Users/${id}`,
        patchOf({ op: 'add', path: 'emails', value: [{ value: `e${i}` }] }),
      ),
    );
    expect(tally(answers)).toEqual({ 200: 20 });
    expect((await read(service, `/Users/${id}`)).emails).toHaveLength(20);
  });
});

it('R-107 lists read while others write hold whole resources only', async () => {
  const before = (await list(service, '/Users')).totalResults;
  const writes = times(30, (i) => create(service, '/Users', { userName: `busy${i}`, title: 'x' }));
  const reads = times(10, () => list(service, '/Users', { filter: 'userName sw "busy"' }));
  for (const { Resources, totalResults } of await reads) {
    expect(Resources).toHaveLength(totalResults);
    for (const one of Resources) expect(one).toMatchObject({ title: 'x', active: true });
  }
  await writes;
  expect((await list(service, '/Users')).totalResults).toBe(before + 30);
});
