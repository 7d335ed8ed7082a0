import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BULK,
  create,
  expectError,
  type List,
  list,
  patchOf,
  query,
  type Resource,
  read,
  SEARCH,
  USER,
} from '../support/scim.js';
import { type Service, startService } from '../support/service.js';

const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
const NO_KEY = { Authorization: null };

describe('keys', () => {
  let service: Service;
  let user: Resource;
  beforeAll(async () => {
    service = await startService({ API_KEY: 'first, second ,third', API_KEY_READ: 'reader,other' });
    user = await create(service, '/Users', { userName: 'bjensen' }, bearer('first'));
  });
  afterAll(() => service.close());

  it('R-018 without a key every resource endpoint is 401 and names every scheme', async () => {
    for (const [method, path] of [
      ['GET', '/Users'],
      ['GET', '/'],
      ['GET', `/Users/${user.id}`],
      ['HEAD', `/Users/${user.id}`],
      ['POST', '/Users'],
      ['PUT', `/Users/${user.id}`],
      ['PATCH', `/Users/${user.id}`],
      ['DELETE', `/Users/${user.id}`],
      ['POST', '/.search'],
      ['POST', '/Users/.search'],
      ['POST', '/Bulk'],
      ['GET', '/Me'],
      ['GET', '/Groups'],
      ['GET', '/v2/Users'],
      ['GET', '/users'],
    ] as const) {
      const answer = await service.request(method, path, { headers: NO_KEY });
      const offered = answer.headers.get('www-authenticate') ?? '';
      expect(answer.status, `${method} ${path}`).toBe(401);
      expect(answer.text).not.toContain('bjensen');
      expect(offered, `${method} ${path}`).toMatch(/\bBearer\b/);
      expect(offered).toMatch(/\bApiKey\b/i);
      if (method !== 'HEAD') expectError(answer, 401);
    }
    expect((await read(service, `/Users/${user.id}`, bearer('first'))).id).toBe(user.id);
  });

  it('R-018 whoever has no key does not learn what exists', async () => {
    const known = await service.request('GET', `/Users/${user.id}`, { headers: NO_KEY });
    const unknown = await service.request('GET', '/Users/none', { headers: NO_KEY });
    expect(unknown.text).toBe(known.text);
  });

  it('R-019 a wrong key is 401, however close it is', async () => {
    const wrong = [
      'wrong',
      'firs',
      'firstt',
      'FIRST',
      'first,second',
      'first, second ,third',
      'undefined',
      'null',
      '*',
      '__proto__',
    ];
    for (const key of wrong) {
      expectError(await service.request('GET', '/Users', { headers: bearer(key) }), 401);
    }
    for (const Authorization of ['Bearer', 'Bearer ', 'first', 'Basic Zmlyc3Q6', 'Digest first']) {
      const answer = await service.request('GET', '/Users', { headers: { Authorization } });
      expectError(answer, 401);
      expect(answer.headers.get('www-authenticate')).toMatch(/Bearer/);
    }
    expectError(
      await service.request('GET', '/Users?access_token=first', { headers: NO_KEY }),
      401,
    );
  });

  it('every key of API_KEY works, as Bearer and as x-api-key', async () => {
    for (const key of ['first', 'second', 'third']) {
      const userName = `by-${key}`;
      expect((await create(service, '/Users', { userName }, bearer(key))).userName).toBe(userName);
      const headers = { Authorization: null, 'X-API-Key': key };
      expect((await service.request('GET', '/Users', { headers })).status).toBe(200);
    }
    const headers = { Authorization: 'bEaReR first' };
    expect((await service.request('GET', '/Users', { headers })).status).toBe(200);
  });

  it('R-020 a key that may only read is 403 on every write, and nothing changes', async () => {
    const headers = bearer('reader');
    const path = `/Users/${user.id}`;
    const body = { schemas: [USER], userName: 'by-reader' };
    for (const answer of [
      await service.request('POST', '/Users', { body, headers }),
      await service.request('POST', '/Groups', { body: { displayName: 'x' }, headers }),
      await service.request('PUT', path, { body, headers }),
      await service.request('PATCH', path, {
        ...patchOf({ op: 'add', path: 'title', value: 'x' }),
        headers,
      }),
      await service.request('DELETE', path, { headers }),
      // It may not write, so it does not learn whether this exists.
      await service.request('DELETE', '/Users/none', { headers }),
    ]) {
      expectError(answer, 403);
    }
    expect(await read(service, path, bearer('first'))).toEqual(user);
    const { totalResults } = await list(
      service,
      '/Users',
      { filter: 'userName eq "by-reader"' },
      bearer('first'),
    );
    expect(totalResults).toBe(0);
  });

  it('R-020 it reads everything: resources, lists, searches', async () => {
    for (const key of ['reader', 'other']) {
      const headers = bearer(key);
      expect((await read(service, `/Users/${user.id}`, headers)).id).toBe(user.id);
      expect((await list(service, '/', {}, headers)).totalResults).toBeGreaterThan(0);
      const body = { schemas: [SEARCH], filter: 'userName eq "bjensen"' };
      for (const path of ['/.search', '/Users/.search']) {
        const answer = await service.request('POST', path, { body, headers });
        expect(answer.json<List>().totalResults).toBe(1);
      }
    }
  });

  it('R-020 R-269 in a bulk request each of its writes is 403', async () => {
    const operations = [
      { method: 'POST', path: '/Users', bulkId: 'a', data: { schemas: [USER], userName: 'bulk' } },
      { method: 'DELETE', path: `/Users/${user.id}` },
    ];
    const body = { schemas: [BULK], Operations: operations };
    const answer = await service.request('POST', '/Bulk', { body, headers: bearer('reader') });
    expect(answer.status).toBe(200);
    const { Operations } = answer.json<{ Operations: readonly { status: string }[] }>();
    expect(Operations.map(({ status }) => status)).toEqual(['403', '403']);
    expect((await read(service, `/Users/${user.id}`, bearer('first'))).id).toBe(user.id);
  });

  it('R-294 a cursor works for the client it was made for only', async () => {
    const page = await list(service, '/Users', { cursor: '', count: '1' }, bearer('first'));
    const next = { cursor: page.nextCursor ?? '', count: '1' };
    expect(next.cursor).not.toBe('');
    for (const key of ['second', 'reader']) {
      const answer = await service.request('GET', `/Users${query(next)}`, { headers: bearer(key) });
      expectError(answer, 400, 'invalidCursor');
    }
    expectError(await service.request('GET', `/Users${query(next)}`, { headers: NO_KEY }), 401);
    expect((await list(service, '/Users', next, bearer('first'))).Resources).toHaveLength(1);
  });
});

describe('keys that come and go', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'keys-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('R-019 R-294 a revoked key is 401, also half way through its pages', async () => {
    const settings = {
      DATA_PATH: join(folder, 'data'),
      CURSOR_SECRET: 'the same before and after',
    };
    const before = await startService({ ...settings, API_KEY: 'stays,goes' });
    for (const userName of ['a', 'b', 'c']) {
      await create(before, '/Users', { userName }, bearer('goes'));
    }
    const page = await list(before, '/Users', { cursor: '', count: '1' }, bearer('goes'));
    await before.close();
    const after = await startService({ ...settings, API_KEY: 'stays' });
    try {
      const path = `/Users${query({ cursor: page.nextCursor ?? '', count: '1' })}`;
      expectError(await after.request('GET', path, { headers: bearer('goes') }), 401);
      expect((await list(after, '/Users', {}, bearer('stays'))).totalResults).toBe(3);
    } finally {
      await after.close();
    }
  });

  it('a key may come from a file', async () => {
    const file = join(folder, 'key');
    writeFileSync(file, 'from-file,second\n');
    const service = await startService({ API_KEY_FILE: file });
    try {
      for (const key of ['from-file', 'second']) {
        expect((await service.request('GET', '/Users', { headers: bearer(key) })).status).toBe(200);
      }
      expectError(await service.request('GET', '/Users', { headers: bearer('secret') }), 401);
    } finally {
      await service.close();
    }
  });
});

describe('guessing', () => {
  const guess = (service: Service, address = '10.0.0.1') =>
    service.request('GET', '/Users', {
      headers: { ...bearer(`guess-${Math.random()}`), 'X-Forwarded-For': address },
    });

  async function untilThrottled(service: Service): Promise<number> {
    for (let tries = 1; tries <= 200; tries++) {
      const answer = await guess(service);
      if (answer.status === 429) {
        expectError(answer, 429);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
        return tries;
      }
      expectError(answer, 401);
    }
    throw new Error('200 wrong keys and no throttling');
  }

  it('R-025 many wrong keys are throttled; a right one is not, nor is asking without a key', async () => {
    const service = await startService({ API_KEY: 'right' });
    try {
      await untilThrottled(service);
      // An address cannot be chosen to get more tries.
      expect((await guess(service, '10.9.9.9')).status).toBe(429);
      expect((await service.request('GET', '/Users')).status).toBe(200);
      expectError(await service.request('GET', '/Users', { headers: NO_KEY }), 401);
    } finally {
      await service.close();
    }
  });

  it('R-025 behind a trusted proxy each client has its own tries', async () => {
    const service = await startService({ API_KEY: 'right', TRUST_PROXY: 'true' });
    try {
      await untilThrottled(service);
      expectError(await guess(service, '10.9.9.9'), 401);
      // What the client says of itself before the proxy's word does not count.
      expect((await guess(service, '10.7.7.7, 10.0.0.1')).status).toBe(429);
    } finally {
      await service.close();
    }
  });
});
