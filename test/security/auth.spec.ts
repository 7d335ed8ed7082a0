import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

  it('R-450 a changed key file is read again, a broken one leaves the keys as they were', async () => {
    const file = join(folder, 'rotated');
    writeFileSync(file, 'the-old-key-0001');
    const service = await startService({ API_KEY_FILE: file });
    const status = async (key: string) =>
      (await service.request('GET', '/Users', { headers: bearer(key) })).status;
    try {
      writeFileSync(file, 'the-old-key-0001\nthe-new-key-0001\n');
      await expect
        .poll(() => status('the-new-key-0001'), { timeout: 20_000, interval: 500 })
        .toBe(200);
      expect(await status('the-old-key-0001')).toBe(200);
      writeFileSync(file, 'with blank');
      const failed = () => service.log.some(({ msg }) => String(msg).includes('could not be read'));
      await expect.poll(failed, { timeout: 20_000 }).toBe(true);
      expect(await status('the-new-key-0001')).toBe(200);
      expect(JSON.stringify(service.log)).not.toContain('with blank');
    } finally {
      await service.close();
    }
  });

  it('R-450 a tenant that a changed file brings has to wait for the next start', async () => {
    const file = join(folder, 'tenants');
    const keys = (...names: readonly string[]) =>
      JSON.stringify(
        Object.fromEntries(names.map((name) => [name, { keys: [`${name}-key-0001`] }])),
      );
    writeFileSync(file, keys('acme'));
    const service = await startService({ TENANTS_FILE: file });
    const get = (name: string) =>
      service.request('GET', '/Users', { headers: bearer(`${name}-key-0001`) });
    try {
      expect((await get('acme')).status).toBe(200);
      writeFileSync(file, keys('acme', 'umbrella'));
      const told = () => service.log.some(({ tenants }) => String(tenants) === 'umbrella');
      await expect.poll(told, { timeout: 20_000 }).toBe(true);
      expectError(await get('umbrella'), 401);
      expect((await get('acme')).status).toBe(200);
    } finally {
      await service.close();
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

describe('keys with an end, a name and scopes', () => {
  const soon = '2999-01-01';
  let service: Service;
  beforeAll(async () => {
    service = await startService({
      API_KEY: JSON.stringify([
        { key: 'users-only-key-01', name: 'okta', scopes: ['users'], expires: soon },
        { key: 'read-users-key-01', name: 'portal', scopes: ['read', 'users'] },
        { key: 'ended-key-0000001', name: 'old', expires: '2020-01-01' },
        { key: 'watching-key-0001', name: 'prometheus', scopes: ['events'] },
        'everything-key-01',
      ]),
      API_KEY_HASHES: createHash('sha256').update('hashed-key-000001').digest('hex'),
    });
    await create(service, '/Groups', { displayName: 'g' }, bearer('everything-key-01'));
  });
  afterAll(() => service.close());

  const get = (path: string, key: string) => service.request('GET', path, { headers: bearer(key) });

  it('R-449 opens what the scopes say, everywhere, and tells the name in the log', async () => {
    const user = await create(service, '/Users', { userName: 'u' }, bearer('users-only-key-01'));
    expect((await get(`/Users/${user.id}`, 'read-users-key-01')).status).toBe(200);
    for (const key of ['users-only-key-01', 'read-users-key-01']) {
      expectError(await get('/Groups', key), 403);
      expectError(await get('/Groups/none', key), 403);
      const headers = bearer(key);
      const body = { schemas: [SEARCH], filter: 'displayName eq "g"' };
      expectError(await service.request('POST', '/Groups/.search', { body, headers }), 403);
      // At the root, what it may not enter is as if it were not there.
      const all = await service.request('POST', '/.search', { body, headers });
      expect(all.json<List>().totalResults).toBe(0);
    }
    const operations = [
      { method: 'POST', path: '/Groups', bulkId: 'a', data: { displayName: 'x' } },
      { method: 'DELETE', path: `/Users/${user.id}` },
    ];
    const bulk = await service.request('POST', '/Bulk', {
      body: { schemas: [BULK], Operations: operations },
      headers: bearer('users-only-key-01'),
    });
    const { Operations } = bulk.json<{ Operations: readonly { status: string }[] }>();
    expect(Operations.map(({ status }) => status)).toEqual(['403', '204']);
    const named = () => service.log.some(({ client }) => client === 'okta');
    await expect.poll(named).toBe(true);
    expect(JSON.stringify(service.log)).not.toContain('users-only-key-01');
  });

  it('R-449 an ended key is 401 and says so; a hashed one opens', async () => {
    const ended = await get('/Users', 'ended-key-0000001');
    expectError(ended, 401);
    expect(ended.text).toMatch(/expired/);
    expect((await get('/Users', 'hashed-key-000001')).status).toBe(200);
    expectError(
      await get('/Users', createHash('sha256').update('hashed-key-000001').digest('hex')),
      401,
    );
  });

  it('R-449 the scope events watches, and reads no resource', async () => {
    const metrics = await get('/metrics', 'watching-key-0001');
    expect(metrics.text).toMatch(
      /^scim_client_last_used_timestamp_seconds\{tenant="default",client="prometheus"\} \d{10}$/m,
    );
    expectError(await get('/Users', 'watching-key-0001'), 403);
  });

  it('R-449 a scope that stands for nothing stops the start', async () => {
    const API_KEY = '[{"key":"a-key-that-is-long","scopes":["user"]}]';
    await expect(startService({ API_KEY })).rejects.toThrow(/"user"; there are .*users/);
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

describe('what nobody may see without a key', () => {
  it('R-451 is the interface as well, with DISCOVERY_PUBLIC=false; a browser is asked for the key', async () => {
    const service = await startService({ API_KEY: 'right-key-0000001', DISCOVERY_PUBLIC: 'false' });
    const basic = `Basic ${Buffer.from('any:right-key-0000001').toString('base64')}`;
    try {
      for (const path of ['/api', '/api-json', '/api/swagger-ui.css', '/Schemas']) {
        const answer = await service.request('GET', path, { headers: NO_KEY });
        expectError(answer, 401);
        expect(answer.text).not.toMatch(/openapi|swagger/i);
      }
      const asked = await service.request('GET', '/api', { headers: NO_KEY });
      expect(asked.headers.get('www-authenticate')).toMatch(/^Basic /);
      for (const Authorization of [basic, 'Bearer right-key-0000001']) {
        const headers = { Authorization, Accept: '*/*' };
        expect((await service.request('GET', '/api-json', { headers })).status).toBe(200);
        expect((await service.request('GET', '/api', { headers })).status).toBe(200);
      }
    } finally {
      await service.close();
    }
  });
});

describe('the log and the audit', () => {
  it('R-452 tell who was refused, with the address, and who did what, without values', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'audit-'));
    const AUDIT_PATH = join(folder, 'log', 'audit.ndjson');
    const service = await startService({
      API_KEY: '[{"key":"right-key-0000001","name":"okta"}]',
      API_KEY_READ: '[{"key":"reads-key-0000001","name":"portal"}]',
      AUDIT_PATH,
      LOGLEVEL: 'error',
    });
    try {
      const okta = bearer('right-key-0000001');
      const { id } = await create(service, '/Users', { userName: 'hidden', title: 'x' }, okta);
      await service.request('DELETE', `/Users/${id}`, { headers: bearer('wrong-key') });
      await service.request('DELETE', `/Users/${id}`, { headers: bearer('reads-key-0000001') });
      await service.request('PATCH', `/Users/${id}`, {
        ...patchOf({ op: 'replace', path: 'userName', value: 1 }),
        headers: okta,
      });
      await service.request('DELETE', `/Users/${id}`, { headers: okta });
    } finally {
      await service.close();
    }
    const text = readFileSync(AUDIT_PATH, 'utf8');
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { level: 'audit', client: 'okta', action: 'create', type: 'User', status: 201 },
      { action: 'enter', status: 401 },
      { client: 'portal', action: 'enter', status: 403 },
      { client: 'okta', action: 'patch', status: 400, scimType: 'invalidValue' },
      { client: 'okta', action: 'delete', status: 204 },
    ]);
    expect(lines[0]?.attributes).toEqual(expect.arrayContaining(['userName', 'title']));
    expect(lines.every(({ address }) => typeof address === 'string')).toBe(true);
    expect(text).not.toMatch(/hidden|wrong-key|right-key/);
    expect(statSync(AUDIT_PATH).mode & 0o077).toBe(0);
    const audited = service.log.filter(({ level }) => level === 'audit');
    expect(audited).toHaveLength(lines.length);
    rmSync(folder, { recursive: true });
  });
});
