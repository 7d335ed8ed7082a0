import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../support/describe-service.js';
import { create, expectError, type List, list, query, SEARCH } from '../support/scim.js';
import { type Service, startService } from '../support/service.js';

type Parameters = Readonly<Record<string, string>>;
type Headers = Readonly<Record<string, string>>;

const NAMES = ['Delta', 'alpha', 'charlie', 'Bravo', 'echo'];
const service = describeService();
beforeAll(async () => {
  await fill(service);
});

async function fill(of: Service, headers: Headers = {}) {
  for (const [i, userName] of NAMES.entries()) {
    // Two have no title, two have the same one.
    const title = ['B', undefined, 'a', undefined, 'A'][i];
    await create(of, '/Users', { userName, ...(title === undefined ? {} : { title }) }, headers);
  }
  await create(of, '/Groups', { displayName: 'Group1' }, headers);
  await create(of, '/Groups', { displayName: 'Group2' }, headers);
}

const names = (pages: readonly List[]) =>
  pages.flatMap(({ Resources }) => Resources.map((one) => one.userName ?? one.displayName));

/** All pages of a query, first to last, after `between` has had its way between each two. */
async function pagesOf(
  of: Service,
  path: string,
  parameters: Parameters,
  between: (page: List) => Promise<void> = async () => undefined,
): Promise<List[]> {
  const pages: List[] = [];
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const page: List = await list(of, path, { ...parameters, cursor });
    pages.push(page);
    expect(pages.length).toBeLessThan(100);
    cursor = page.nextCursor;
    if (cursor !== undefined) await between(page);
  }
  return pages;
}

const get = (path: string, parameters: Parameters, headers: Headers = {}, of = service) =>
  of.request('GET', `${path}${query(parameters)}`, { headers });

async function firstCursor(
  of = service,
  parameters: Parameters = { count: '2' },
  headers: Headers = {},
) {
  const { nextCursor } = await list(of, '/Users', { cursor: '', ...parameters }, headers);
  expect(nextCursor).toBeTypeOf('string');
  return nextCursor ?? '';
}

describe('R-284 the first page', () => {
  it.each(['?cursor&count=2', '?cursor=&count=2', '?CURSOR=&count=2'])('%s', async (search) => {
    const answer = await service.request('GET', `/Users${search}`);
    const page = answer.json<List>();
    expect(page).toMatchObject({ totalResults: 5, itemsPerPage: 2 });
    expect(page.Resources).toHaveLength(2);
    expect(page.nextCursor).toMatch(/./);
    expect(page).not.toHaveProperty('previousCursor');
    expect(page).not.toHaveProperty('startIndex');
  });
});

describe('R-285 R-286 every page', () => {
  it.each<[string, Parameters, readonly string[]]>([
    ['/Users', {}, NAMES],
    ['/Users', { sortBy: 'userName' }, ['alpha', 'Bravo', 'charlie', 'Delta', 'echo']],
    [
      '/Users',
      { sortBy: 'userName', sortOrder: 'descending' },
      ['echo', 'Delta', 'charlie', 'Bravo', 'alpha'],
    ],
    ['/Users', { sortBy: 'title' }, ['charlie', 'echo', 'Delta', 'alpha', 'Bravo']],
    ['/Users', { filter: 'userName co "l"' }, ['Delta', 'alpha', 'charlie']],
    [
      '/Users',
      { filter: 'userName co "l"', sortBy: 'userName', attributes: 'userName' },
      ['alpha', 'charlie', 'Delta'],
    ],
    ['', {}, [...NAMES, 'Group1', 'Group2']],
    ['', { filter: 'userName eq "echo" or displayName sw "G"' }, ['echo', 'Group1', 'Group2']],
    ['', { filter: 'meta.resourceType eq "Group"' }, ['Group1', 'Group2']],
  ])('%s %j', async (path, parameters, expected) => {
    for (const count of [1, 2, 3, 5, 7, 50]) {
      const pages = await pagesOf(service, path, { ...parameters, count: String(count) });
      expect(names(pages), `count ${count}`).toEqual(expected);
      expect(pages).toHaveLength(Math.max(1, Math.ceil(expected.length / count)));
      for (const page of pages) {
        expect(page.totalResults).toBe(expected.length);
        expect(page.itemsPerPage).toBe(page.Resources.length);
        if (page.nextCursor !== undefined) expect(page.nextCursor).toMatch(/^[A-Za-z0-9\-._~]+$/);
      }
      expect(pages.at(-1)).not.toHaveProperty('nextCursor');
    }
  });
  it('descending, with what has no value first', async () => {
    const parameters = { sortBy: 'title', sortOrder: 'descending', count: '1' };
    const found = names(await pagesOf(service, '/Users', parameters));
    expect(new Set(found.slice(0, 2))).toEqual(new Set(['alpha', 'Bravo']));
    expect(found[2]).toBe('Delta');
    expect(new Set(found)).toEqual(new Set(NAMES));
    expect(found).toHaveLength(5);
  });
  it('R-286 a cursor tells nothing of the data', async () => {
    const cursor = await firstCursor(service, {
      count: '1',
      sortBy: 'userName',
      filter: 'userName pr',
    });
    for (const encoding of ['base64url', 'hex', 'latin1'] as const) {
      expect(Buffer.from(cursor, encoding).toString('utf8')).not.toMatch(/alpha|userName/i);
    }
  });
});

it.each(['0', '-1'])('R-287 count=%s is the total only', async (count) => {
  const page = await list(service, '/Users', { cursor: '', count });
  expect(page).toMatchObject({ totalResults: 5, itemsPerPage: 0, Resources: [] });
  expect(page).not.toHaveProperty('nextCursor');
});

describe('R-288 R-289 cursors that are none', () => {
  it.each(['forged', 'AAAA', '0', 'null', '__proto__', '../../..', 'x'.repeat(5000), ' ', '%00'])(
    'R-288 forged: %.20s',
    async (cursor) =>
      expectError(await get('/Users', { cursor, count: '2' }), 400, 'invalidCursor'),
  );
  it('R-288 damaged, at every character', async () => {
    const cursor = await firstCursor();
    for (let i = 0; i < cursor.length; i += 7) {
      const other = cursor[i] === 'A' ? 'B' : 'A';
      const damaged = cursor.slice(0, i) + other + cursor.slice(i + 1);
      expectError(await get('/Users', { cursor: damaged, count: '2' }), 400, 'invalidCursor');
    }
    for (const damaged of [cursor.slice(0, -1), `${cursor}A`, cursor.slice(1), cursor + cursor]) {
      expectError(await get('/Users', { cursor: damaged, count: '2' }), 400, 'invalidCursor');
    }
    expect((await get('/Users', { cursor, count: '2' })).status).toBe(200);
  });
  it('R-288 another count is invalidCount', async () => {
    const cursor = await firstCursor();
    for (const count of ['3', '0', '1']) {
      expectError(await get('/Users', { cursor, count }), 400, 'invalidCount');
    }
    expectError(await get('/Users', { cursor, count: 'x' }), 400, 'invalidCount');
    expectError(await get('/Users', { cursor }), 400, 'invalidCount');
    const body = { schemas: [SEARCH], cursor, count: 3 };
    expectError(await service.request('POST', '/Users/.search', { body }), 400, 'invalidCount');
  });
  it.each<Parameters>([
    { filter: 'userName pr' },
    { sortBy: 'userName' },
    { sortOrder: 'descending' },
    { attributes: 'userName' },
    { excludedAttributes: 'meta' },
  ])('R-289 with another question, %j, it is invalidCursor', async (changed) => {
    const cursor = await firstCursor();
    expectError(await get('/Users', { cursor, count: '2', ...changed }), 400, 'invalidCursor');
    const own = await firstCursor(service, { count: '2', ...changed });
    expectError(await get('/Users', { cursor: own, count: '2' }), 400, 'invalidCursor');
    expect((await get('/Users', { cursor: own, count: '2', ...changed })).status).toBe(200);
  });
  it('R-289 at another endpoint it is invalidCursor', async () => {
    const cursor = await firstCursor();
    for (const path of ['/Groups', '/']) {
      expectError(await get(path, { cursor, count: '2' }), 400, 'invalidCursor');
    }
  });
  it('R-288 aged out it is expiredCursor', async () => {
    const own = await startService({ CURSOR_TIMEOUT: '1' });
    try {
      await fill(own);
      const cursor = await firstCursor(own);
      expect((await get('/Users', { cursor, count: '2' }, {}, own)).status).toBe(200);
      await sleep(1100);
      expectError(await get('/Users', { cursor, count: '2' }, {}, own), 400, 'expiredCursor');
      // A stranger learns nothing of its age.
      const changed = { cursor, count: '2', filter: 'title pr' };
      expectError(await get('/Users', changed, {}, own), 400, 'invalidCursor');
    } finally {
      await own.close();
    }
  });
});

async function configOf(of: Service) {
  const answer = await of.request('GET', '/ServiceProviderConfig');
  return answer.json<Readonly<Record<string, unknown>>>();
}

describe('R-290 R-291 R-293 which method', () => {
  it('index unless told otherwise', async () => {
    const { pagination } = await configOf(service);
    expect(pagination).toEqual({
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: 100,
      maxPageSize: 100,
      cursorTimeout: 3600,
    });
    const page = await list(service, '/Users', { count: '2' });
    expect(page.startIndex).toBe(1);
    expect(page).not.toHaveProperty('nextCursor');
  });
  it('cursor where it is the default; startIndex forces index', async () => {
    const settings = { DEFAULT_PAGINATION: 'cursor', PAGE_SIZE: '2', CURSOR_TIMEOUT: '60' };
    const own = await startService(settings);
    try {
      await fill(own);
      const { pagination, filter } = await configOf(own);
      expect(filter).toMatchObject({ maxResults: 2 });
      expect(pagination).toMatchObject({
        defaultPaginationMethod: 'cursor',
        defaultPageSize: 2,
        maxPageSize: 2,
        cursorTimeout: 60,
      });
      const plain = await list(own, '/Users');
      expect(plain.Resources).toHaveLength(2);
      expect(plain).not.toHaveProperty('startIndex');
      const next = await list(own, '/Users', { cursor: plain.nextCursor ?? '' });
      expect(names([plain, next])).toEqual(NAMES.slice(0, 4));
      const index = await list(own, '/Users', { startIndex: '2' });
      expect(names([index])).toEqual(NAMES.slice(1, 3));
      expect(index).toMatchObject({ startIndex: 2, itemsPerPage: 2 });
      expect(index).not.toHaveProperty('nextCursor');
      expectError(await get('/Users', { count: 'x' }, {}, own), 400, 'invalidCount');
      const search = { body: { schemas: [SEARCH], count: 'x' } };
      const refused = await own.request('POST', '/Users/.search', search);
      expectError(refused, 400, 'invalidCount');
      // Both ways of asking for the default are the same question.
      const empty = await list(own, '/Users', { cursor: '' });
      expect(names([empty])).toEqual(names([plain]));
    } finally {
      await own.close();
    }
  });
  it('R-291 both are invalidValue', async () => {
    const cursor = await firstCursor();
    for (const value of ['', cursor]) {
      const both = { startIndex: '1', cursor: value, count: '2' };
      expectError(await get('/Users', both), 400, 'invalidValue');
      const body = { schemas: [SEARCH], startIndex: 1, cursor: value };
      expectError(await service.request('POST', '/Users/.search', { body }), 400, 'invalidValue');
    }
  });
});

describe('R-292 .search', () => {
  it.each(['/Users/.search', '/.search'])('%s', async (path) => {
    const found: unknown[] = [];
    let cursor: string | undefined = '';
    while (cursor !== undefined) {
      const body = { schemas: [SEARCH], cursor, count: 2, attributes: ['userName', 'displayName'] };
      const answer = await service.request('POST', path, { body });
      expect(answer.status, answer.text).toBe(200);
      const page = answer.json<List>();
      found.push(...names([page]));
      cursor = page.nextCursor;
    }
    expect(found).toEqual(path === '/.search' ? [...NAMES, 'Group1', 'Group2'] : NAMES);
  });
  it('goes on where GET has begun', async () => {
    const cursor = await firstCursor();
    const body = { schemas: [SEARCH], cursor, count: 2 };
    const answer = await service.request('POST', '/Users/.search', { body });
    expect(names([answer.json<List>()])).toEqual(NAMES.slice(2, 4));
  });
  it('R-288 a count that is no number is invalidCount', async () => {
    for (const count of ['x', 1.5, {}, true]) {
      const body = { schemas: [SEARCH], cursor: '', count };
      expectError(await service.request('POST', '/Users/.search', { body }), 400, 'invalidCount');
    }
  });
});

it('R-155 R-285 values without end can be sorted by, from page to page', async () => {
  const own = await startService();
  try {
    for (const letter of ['c', 'a', 'b']) {
      for (const end of ['x', 'w']) {
        const displayName = letter + 'é'.repeat(60_000) + end;
        await create(own, '/Users', { userName: letter + end, displayName });
      }
    }
    const parameters = { count: '1', sortBy: 'displayName', attributes: 'userName' };
    for (const sortOrder of ['ascending', 'descending']) {
      const found = names(await pagesOf(own, '/Users', { ...parameters, sortOrder }));
      const whole = await list(own, '/Users', { ...parameters, sortOrder, count: '9' });
      expect(found).toEqual(names([whole]));
      const letters = found.map((name) => String(name)[0]).join('');
      expect(letters).toBe(sortOrder === 'ascending' ? 'aabbcc' : 'ccbbaa');
    }
  } finally {
    await own.close();
  }
});

describe('R-294 a cursor gives no rights', () => {
  const env = {
    API_KEY: 'first,second',
    API_KEY_READ: 'reader',
    TENANTS: JSON.stringify({ acme: { keys: ['acme-key'] } }),
  };
  const key = (name: string) => ({ Authorization: `Bearer ${name}` });
  it('to another client or tenant', async () => {
    const own = await startService(env);
    try {
      await fill(own);
      await fill(own, key('acme-key'));
      const cursor = await firstCursor(own);
      const parameters = { cursor, count: '2' };
      for (const other of ['second', 'reader', 'acme-key']) {
        expectError(await get('/Users', parameters, key(other), own), 400, 'invalidCursor');
      }
      expectError(await get('/Users', parameters, key('stranger'), own), 401);
      expectError(
        await own.request('GET', `/Users${query(parameters)}`, {
          headers: { Authorization: null },
        }),
        401,
      );
      expect((await get('/Users', parameters, key('first'), own)).status).toBe(200);
      const theirs = await firstCursor(own, { count: '2' }, key('acme-key'));
      expectError(
        await get('/Users', { cursor: theirs, count: '2' }, {}, own),
        400,
        'invalidCursor',
      );
    } finally {
      await own.close();
    }
  });
  it('to one whose key was withdrawn', async () => {
    await withData(async (start) => {
      const before = await start(env);
      await fill(before);
      const cursor = await firstCursor(before, { count: '2' }, key('second'));
      await before.close();
      const after = await start({ ...env, API_KEY: 'first' });
      expectError(await get('/Users', { cursor, count: '2' }, key('second'), after), 401);
      expectError(
        await get('/Users', { cursor, count: '2' }, key('first'), after),
        400,
        'invalidCursor',
      );
      await after.close();
    });
  });
});

/** Services one after the other on the same data. */
async function withData(
  work: (start: (env?: Readonly<Record<string, string>>) => Promise<Service>) => Promise<void>,
): Promise<void> {
  const DATA_PATH = await mkdtemp(join(tmpdir(), 'scim-cursor-'));
  try {
    await work((env = {}) => startService({ ...env, DATA_PATH }));
  } finally {
    await rm(DATA_PATH, { recursive: true, force: true });
  }
}

describe('R-295 while paging', () => {
  it.each<Parameters>([
    {},
    { sortBy: 'userName' },
    { sortBy: 'title', sortOrder: 'descending' },
    { filter: 'userName pr' },
  ])('a restart between each two pages, %j', async (parameters) => {
    await withData(async (start) => {
      let running = await start();
      await fill(running);
      const whole = names([await list(running, '/Users', parameters)]);
      const found: unknown[] = [];
      let cursor: string | undefined = '';
      while (cursor !== undefined) {
        const page: List = await list(running, '/Users', { ...parameters, count: '2', cursor });
        found.push(...names([page]));
        cursor = page.nextCursor;
        await running.close();
        running = await start();
      }
      await running.close();
      expect(found).toEqual(whole);
    });
  });

  it.each<[string, Parameters]>([
    ['/Users', {}],
    ['/Users', { sortBy: 'userName' }],
    ['/Users', { sortBy: 'userName', sortOrder: 'descending' }],
    ['/Users', { filter: 'userName sw "u"' }],
    ['', {}],
    ['', { sortBy: 'id' }],
  ])(
    'inserts and deletes at %s %j: nothing twice, nothing left out that stayed',
    async (path, parameters) => {
      const own = await startService();
      try {
        const ids = new Map<string, string>();
        const make = async (userName: string) => {
          ids.set(userName, (await create(own, '/Users', { userName })).id);
        };
        for (let i = 10; i < 30; i++) await make(`u${i}`);
        const deleted = new Set<string>();
        let round = 0;
        const pages = await pagesOf(own, path, { ...parameters, count: '4' }, async (page) => {
          round++;
          // One that was seen, the last one of the page, and one that may be to come.
          const seen = page.Resources[0]?.userName as string;
          const last = page.Resources.at(-1)?.userName as string;
          for (const userName of [seen, last, `u${30 - round * 2}`]) {
            if (userName === undefined || deleted.has(userName)) continue;
            deleted.add(userName);
            const id = ids.get(userName);
            expect((await own.request('DELETE', `/Users/${id}`)).status).toBe(204);
          }
          if (round < 4) {
            await make(`u00${round}`);
            await make(`u99${round}`);
          }
        });
        const found = names(pages);
        expect(new Set(found).size).toBe(found.length);
        for (let i = 10; i < 30; i++) {
          if (!deleted.has(`u${i}`)) expect(found).toContain(`u${i}`);
        }
        expect(round).toBeGreaterThan(2);
      } finally {
        await own.close();
      }
    },
  );

  it('R-288 a key that seals cursors may be exchanged with the secret', async () => {
    await withData(async (start) => {
      const before = await start({ CURSOR_SECRET: 'one'.repeat(12) });
      await fill(before);
      const cursor = await firstCursor(before);
      await before.close();
      const after = await start({ CURSOR_SECRET: 'two'.repeat(12) });
      expectError(await get('/Users', { cursor, count: '2' }, {}, after), 400, 'invalidCursor');
      await after.close();
    });
  });
});
