import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { MemoryBackend, overriding } from '#backend';
import type { ResourceType } from '#scim';
import { describeService } from '../support/describe-service.js';
import { sendRaw } from '../support/raw.js';
import {
  BULK,
  create,
  ENTERPRISE,
  expectError,
  GROUP,
  list,
  patchOf,
  USER,
} from '../support/scim.js';
import { startService, TEST_KEY } from '../support/service.js';

/** What one client sends keeps no other one out, and no answer out of proportion. */
const service = describeService({ PAGE_BYTES: '2048', MAX_CONCURRENCY: '2' });

describe('pages', () => {
  it('R-333 end early at PAGE_BYTES, and startIndex and cursors go on from there', async () => {
    const made: string[] = [];
    for (let i = 0; i < 5; i++) {
      const { id } = await create(service, '/Users', {
        userName: `page-${i}`,
        displayName: 'x'.repeat(i === 2 ? 4000 : 600),
      });
      made.push(id);
    }
    const byIndex: string[] = [];
    for (let pages = 0; byIndex.length < 5 && pages < 6; pages++) {
      const page = await list(service, '/Users', { startIndex: String(byIndex.length + 1) });
      expect(page.totalResults).toBe(5);
      expect(page.itemsPerPage).toBe(page.Resources.length);
      expect(page.Resources.length).toBeLessThan(5);
      byIndex.push(...page.Resources.map(({ id }) => id));
    }
    expect(byIndex).toEqual(made);
    const byCursor: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page = await list(service, '/Users', { cursor });
      byCursor.push(...page.Resources.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(byCursor).toEqual(made);
  });
});

describe('requests under way', () => {
  it('R-331 are answered, more than MAX_CONCURRENCY at once too', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => service.request('GET', '/Users?count=1')),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  });

  it('R-337 have a turn between the operations of a bulk request', async () => {
    let finished = false;
    const operations = Array.from({ length: 300 }, (_, i) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `b${i}`,
      data: { userName: `turn-${i}` },
    }));
    const body = { schemas: [BULK], Operations: operations };
    const bulk = service.request('POST', '/Bulk', { body }).then((answer) => {
      finished = true;
      return answer;
    });
    expect((await service.request('GET', '/health')).status).toBe(200);
    expect(finished).toBe(false);
    expect((await bulk).status).toBe(200);
  });
});

describe('connections', () => {
  it('R-338 beyond MAX_CONNECTIONS are closed, and the others stay', async () => {
    const at = await startService({ MAX_CONNECTIONS: '1' });
    const { hostname, port } = new URL(at.url);
    const first = connect(Number(port), hostname);
    await once(first, 'connect');
    const second = connect(Number(port), hostname);
    second.on('error', () => undefined); // a reset is a way to be closed as well
    await once(second, 'close');
    expect(first.destroyed).toBe(false);
    first.destroy();
    await once(first, 'close');
    await at.close();
  });

  describe('of slow clients', () => {
    const HEAD = 'POST /Users HTTP/1.1\r\nHost: x\r\n';
    const slow = describeService({
      HEADERS_TIMEOUT: '1',
      REQUEST_TIMEOUT: '2',
      KEEP_ALIVE_TIMEOUT: '1',
    });

    it.each([
      ['HEADERS_TIMEOUT', HEAD],
      [
        'REQUEST_TIMEOUT',
        `${HEAD}X-API-Key: ${TEST_KEY}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
      ],
    ])('R-338 end by %s with 408', async (_variable, start) => {
      expect(await sendRaw(slow.url, start)).toMatch(/^HTTP\/1.1 408 /);
    });

    it('R-338 end by KEEP_ALIVE_TIMEOUT when nothing is asked', async () => {
      const answer = await sendRaw(slow.url, 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
      expect(answer).toMatch(/^HTTP\/1.1 200 /);
    });
  });
});

describe('identifiers', () => {
  const ODD = ['a\nb', 'a\rb', 'a\u0000b', 'a\u202eb', 'a\u2066b', '\u200fa'];

  it.each(ODD)('R-334 are refused with controls: %j', async (odd) => {
    const { id } = await create(service, '/Users', { userName: `odd-${ODD.indexOf(odd)}` });
    for (const members of [
      { userName: odd },
      { userName: 'odd', externalId: odd },
      { userName: 'odd', [ENTERPRISE]: { manager: { value: odd } } },
    ]) {
      const body = { schemas: [USER], ...members };
      expectError(await service.request('POST', '/Users', { body }), 400, 'invalidValue');
      const put = await service.request('PUT', `/Users/${id}`, { body });
      expectError(put, 400, 'invalidValue');
    }
    const rename = patchOf({ op: 'replace', path: 'userName', value: odd });
    expectError(await service.request('PATCH', `/Users/${id}`, rename), 400, 'invalidValue');
    const group = { schemas: [GROUP], displayName: 'g', members: [{ value: odd }] };
    expectError(await service.request('POST', '/Groups', { body: group }), 400, 'invalidValue');
    const told = patchOf({ op: 'replace', path: 'displayName', value: odd });
    expect((await service.request('PATCH', `/Users/${id}`, told)).status).toBe(200);
  });
});

describe('ids that clash with endpoints', () => {
  it('R-334 are refused where a mapping makes ids of what a client sends', async () => {
    const at = await startService({ USER_MAPPING: '{"id":"userName"}' });
    try {
      for (const userName of ['.search', '.SEARCH', '.', '..']) {
        const body = { schemas: [USER], userName };
        const answer = await at.request('POST', '/Users', { body });
        expectError(answer, 400, 'invalidValue');
      }
      const { id } = await create(at, '/Users', { userName: 'con.' });
      expect((await at.request('GET', `/Users/${id}`)).status).toBe(200);
    } finally {
      await at.close();
    }
  });
});

describe('what other software stored', () => {
  it('R-334 R-335 is served, listed and changed, whatever its identifiers hold', async () => {
    let backend: MemoryBackend | undefined;
    let users: ResourceType | undefined;
    const at = await startService({}, async (types) => {
      users = types.find(({ name }) => name === 'User');
      backend = new MemoryBackend(types);
      return backend;
    });
    try {
      await create(at, '/Users', { userName: 'fine' });
      const now = new Date().toISOString();
      if (users === undefined) throw new Error('there are no users');
      await backend?.store(users).put(
        {
          schemas: [USER, ENTERPRISE],
          meta: { resourceType: 'User', created: now, lastModified: now },
          userName: 'odd\nname',
          [ENTERPRISE]: { manager: { value: 'half \ud83d' } },
        },
        { now },
      );
      const { Resources, totalResults } = await list(at, '/Users');
      expect([Resources.length, totalResults]).toEqual([2, 2]);
      const odd = Resources.find(({ userName }) => userName === 'odd\nname');
      const path = `/Users/${odd?.id}`;
      const titled = await at.request(
        'PATCH',
        path,
        patchOf({ op: 'add', path: 'title', value: 't' }),
      );
      expect(titled.status, titled.text).toBe(200);
    } finally {
      await at.close();
    }
  });
});

describe('a failure of ours in the midst of a bulk request', () => {
  it('R-335 is the answer of its own operation, and the others are done', async () => {
    const at = await startService({}, async (types) => {
      class Failing extends MemoryBackend {
        override store(type: ResourceType) {
          const own = super.store(type);
          const put: typeof own.put = (draft, context) => {
            if (draft.userName === 'broken') throw new TypeError('an inner matter');
            return own.put(draft, context);
          };
          return overriding(own, { put });
        }
      }
      return new Failing(types);
    });
    try {
      const names = ['first', 'broken', 'last'];
      const answer = await at.request('POST', '/Bulk', {
        body: {
          schemas: [BULK],
          Operations: names.map((userName) => ({
            method: 'POST',
            path: '/Users',
            bulkId: userName,
            data: { schemas: [USER], userName },
          })),
        },
      });
      expect(answer.status, answer.text).toBe(200);
      const { Operations } = answer.json<{ Operations: readonly { status: string }[] }>();
      expect(Operations.map(({ status }) => status)).toEqual(['201', '500', '201']);
      expect(answer.text).not.toMatch(/inner matter|TypeError/);
      const { Resources } = await list(at, '/Users');
      expect(Resources.map(({ userName }) => userName)).toEqual(['first', 'last']);
    } finally {
      await at.close();
    }
  });
});
