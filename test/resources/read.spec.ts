import { beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import {
  create,
  expectError,
  LIST,
  type List,
  list,
  query,
  type Resource,
  read,
} from '../support/scim.js';
import { startService } from '../support/service.js';

/** Five users and two groups, and pages of three. */
const service = describeService({ PAGE_SIZE: '3' });
const users: Resource[] = [];
beforeAll(async () => {
  for (const userName of ['a', 'b', 'c', 'd', 'e']) {
    users.push(await create(service, '/Users', { userName, externalId: `${userName}@sram` }));
  }
  const members = users.slice(0, 2).map(({ id }) => ({ value: id }));
  for (const displayName of ['g1', 'g2']) {
    await create(service, '/Groups', { displayName, members });
  }
});

const names = ({ Resources }: List) => Resources.map(({ userName }) => userName);

describe('GET of one', () => {
  it('R-096 R-097 answers the resource with Location and ETag', async () => {
    for (const user of users) {
      const answer = await service.request('GET', `/Users/${user.id}`);
      expect(answer.status).toBe(200);
      const body = answer.json<Resource>();
      expect(body.id).toBe(user.id);
      expect(answer.headers.get('location')).toBe(`${service.url}/Users/${user.id}`);
      expect(answer.headers.get('etag')).toBe(body.meta.version);
      expect(answer.headers.get('content-location')).toBeNull();
    }
    const group = (await list(service, '/Groups')).Resources[0];
    expect((await read(service, `/Groups/${group?.id}`)).members).toHaveLength(2);
  });

  it('R-096 an id is exact', async () => {
    const id = users[0]?.id ?? '';
    const other = id === id.toUpperCase() ? id.toLowerCase() : id.toUpperCase();
    expectError(await service.request('GET', `/Users/${other}`), 404);
    expectError(await service.request('GET', `/Users/${id}%20`), 404);
  });
});

describe('lists', () => {
  it('R-098 are ListResponses of whole resources', async () => {
    const body = await list(service, '/Users', { count: '2' });
    expect(body.schemas).toEqual([LIST]);
    expect(body.totalResults).toBe(5);
    const [a, b] = users;
    for (const [i, user] of [a, b].entries()) {
      expect(body.Resources[i]).toEqual(await read(service, `/Users/${user?.id}`));
    }
  });

  it('R-099 R-100 nothing found is an empty list', async () => {
    for (const path of ['/Users', '/Groups', '/']) {
      expect(await list(service, path, { filter: 'id eq "nobody"' })).toEqual({
        schemas: [LIST],
        totalResults: 0,
        startIndex: 1,
        itemsPerPage: 0,
        Resources: [],
      });
    }
  });

  it('R-101 R-106 a part says where it starts and how much it is', async () => {
    const first = await list(service, '/Users', { count: '2' });
    expect(first).toMatchObject({ totalResults: 5, startIndex: 1, itemsPerPage: 2 });
    expect(first.Resources).toHaveLength(2);
    const last = await list(service, '/Users', { startIndex: '5', count: '2' });
    expect(last).toMatchObject({ totalResults: 5, startIndex: 5, itemsPerPage: 1 });
    expect(last.Resources).toHaveLength(1);
  });

  it('R-102 the root lists all types, and a filter picks one', async () => {
    const all: Resource[] = [];
    for (let page: List | undefined; page === undefined || all.length < page.totalResults; ) {
      page = await list(service, '/', { startIndex: String(all.length + 1) });
      expect(page.totalResults).toBe(7);
      expect(page.Resources.length).toBeGreaterThan(0);
      all.push(...page.Resources);
    }
    const types = all.map(({ meta }) => meta.resourceType);
    expect(types.filter((type) => type === 'User')).toHaveLength(5);
    expect(types.filter((type) => type === 'Group')).toHaveLength(2);
    expect(new Set(all.map(({ id }) => id)).size).toBe(7);
    for (const filter of ['meta.resourceType eq "Group"', 'META.RESOURCETYPE EQ "Group"']) {
      const groups = await list(service, '/', { filter });
      expect(groups.totalResults).toBe(2);
      expect(groups.Resources.map(({ displayName }) => displayName)).toEqual(['g1', 'g2']);
    }
    expect((await list(service, '/v2')).totalResults).toBe(7);
  });

  it('R-103 an attribute of another type is no error at the root', async () => {
    const found = await list(service, '/', { filter: 'userName pr' });
    expect(found.totalResults).toBe(5);
    expect(new Set(found.Resources.map(({ meta }) => meta.resourceType))).toEqual(
      new Set(['User']),
    );
    const groups = await list(service, '/', { filter: 'members pr or userName eq "e"' });
    expect(groups.totalResults).toBe(3);
  });

  it('R-104 more than one page holds is a page', async () => {
    const body = await list(service, '/Users');
    expect(body).toMatchObject({ totalResults: 5, itemsPerPage: 3, startIndex: 1 });
    expect(body.Resources).toHaveLength(3);
  });

  it('R-105 numbers below the range are its least', async () => {
    const first = await list(service, '/Users', { startIndex: '1', count: '3' });
    for (const startIndex of ['0', '-5', '-99999999999999999999']) {
      expect(await list(service, '/Users', { startIndex, count: '3' })).toEqual(first);
    }
    for (const count of ['0', '-1', '-100']) {
      for (const path of ['/Users', '/']) {
        const body = await list(service, path, { count });
        expect(body.totalResults).toBe(path === '/' ? 7 : 5);
        expect(body.Resources ?? []).toEqual([]);
        expect(body.itemsPerPage).toBe(0);
      }
    }
    const filtered = await list(service, '/Users', { count: '0', filter: 'userName gt "b"' });
    expect(filtered.totalResults).toBe(3);
  });

  it('R-107 pages hold every resource once', async () => {
    for (const parameters of [{}, { filter: 'userName pr' }, { sortBy: 'userName' }]) {
      const seen: unknown[] = [];
      for (const startIndex of ['1', '3', '5']) {
        seen.push(
          ...names(await list(service, '/Users', { ...parameters, startIndex, count: '2' })),
        );
      }
      expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
    }
  });

  it('R-108 beyond the end is empty, too much is capped, nonsense is invalidValue', async () => {
    for (const startIndex of ['6', '1000000', '99999999999999999999']) {
      const body = await list(service, '/Users', { startIndex });
      expect(body).toMatchObject({ totalResults: 5, itemsPerPage: 0, Resources: [] });
    }
    for (const count of ['4', '1000', '99999999999999999999']) {
      expect((await list(service, '/Users', { count })).Resources).toHaveLength(3);
    }
    for (const parameters of [
      { startIndex: 'abc' },
      { count: 'x' },
      { count: '' },
      { count: '1.5' },
      { count: '1e3' },
      { startIndex: '0x1' },
      { count: 'NaN' },
      { startIndex: 'Infinity' },
    ]) {
      const answer = await service.request('GET', `/Users${query(parameters)}`);
      expectError(answer, 400, 'invalidValue');
    }
    expectError(await service.request('GET', '/Users?count=1&count=2'), 400, 'invalidValue');
  });

  it('R-109 SRAM’s sweep ends with all', async () => {
    for (const path of ['/Users', '/Groups']) {
      const collected: Resource[] = [];
      for (let rounds = 0; ; rounds++) {
        expect(rounds).toBeLessThan(10);
        const answer = await service.request('GET', `${path}?startIndex=${collected.length + 1}`, {
          headers: { 'X-Service': '1' },
        });
        const { totalResults, Resources } = answer.json<List>();
        collected.push(...Resources);
        if (collected.length === totalResults) break;
      }
      expect(collected).toHaveLength(path === '/Users' ? 5 : 2);
      for (const { id, meta } of collected) {
        expect(meta.location).toBe(`${path}/${id}`);
        expect((await service.request('GET', meta.location)).status).toBe(200);
      }
    }
  });
});

describe('R-290 the default of paging', () => {
  it('R-290 by index, where nothing else is configured', async () => {
    const body = await list(service, '/Users');
    expect(body).not.toHaveProperty('nextCursor');
    expect(body.startIndex).toBe(1);
  });

  it('R-290 by cursor as advertised, unless startIndex is given', async () => {
    const cursors = await startService({ DEFAULT_PAGINATION: 'cursor', PAGE_SIZE: '2' });
    try {
      for (const userName of ['a', 'b', 'c']) await create(cursors, '/Users', { userName });
      const config = await cursors.request('GET', '/ServiceProviderConfig');
      expect(config.body).toMatchObject({ pagination: { defaultPaginationMethod: 'cursor' } });
      const first = await list(cursors, '/Users');
      expect(names(first)).toEqual(['a', 'b']);
      expect(first.nextCursor).toMatch(/^[A-Za-z0-9._~-]+$/);
      const rest = await list(cursors, '/Users', { cursor: first.nextCursor ?? '' });
      expect(names(rest)).toEqual(['c']);
      expect(rest).not.toHaveProperty('nextCursor');
      const indexed = await list(cursors, '/Users', { startIndex: '3' });
      expect(indexed).toMatchObject({ startIndex: 3, itemsPerPage: 1 });
      expect(indexed).not.toHaveProperty('nextCursor');
      expect(names(indexed)).toEqual(['c']);
    } finally {
      await cursors.close();
    }
  });
});
