import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BackendError, MemoryBackend } from '#backend';
import { startProcess } from '../support/process.js';
import { BULK, USER } from '../support/scim.js';
import { type Service, startService } from '../support/service.js';

const AGENT = { 'User-Agent': 'Okta SCIM Client 1.0' };

async function withService(
  env: Readonly<Record<string, string>>,
  use: (service: Service) => Promise<void>,
): Promise<void> {
  const service = await startService(env);
  try {
    await use(service);
  } finally {
    await service.close();
  }
}

/** The line of the request that ended with this status last. */
async function lineOf(service: Service, status: number) {
  const found = () => service.log.findLast((line) => line.status === status && 'ms' in line);
  await expect.poll(found).toBeDefined();
  return found() ?? {};
}

describe('the log', () => {
  it('R-475 explains a refusal: route, keyword, detail, client, address, agent', () =>
    withService({ API_KEY: '[{"key":"k-of-okta","name":"okta"}]' }, async (service) => {
      const headers = { ...AGENT, Authorization: 'Bearer k-of-okta' };
      const body = { schemas: [USER], userName: 'jane.doe' };
      const created = await service.request('POST', '/Users', { body, headers });
      const { id } = created.json<{ id: string }>();
      expect(await lineOf(service, 201)).toMatchObject({ id, client: 'okta' });
      await service.request('POST', '/Users', { body, headers });
      expect(await lineOf(service, 409)).toMatchObject({
        method: 'POST',
        route: '/Users',
        scimType: 'uniqueness',
        detail: expect.stringContaining('userName'),
        client: 'okta',
        tenant: 'default',
        address: expect.stringContaining('127.0.0.1'),
        agent: AGENT['User-Agent'],
      });
      await service.request('GET', '/Users/none', { headers });
      expect(await lineOf(service, 404)).toMatchObject({ route: '/Users/:id', client: 'okta' });
      await service.request('GET', '/Users', { headers: { ...AGENT, Authorization: 'Bearer x' } });
      expect(await lineOf(service, 401)).toMatchObject({
        address: expect.stringContaining('127.0.0.1'),
        detail: expect.stringContaining('key'),
      });
    }));

  it('R-475 and tells no value, no text of a filter and no key', () =>
    withService({ STRICT: 'true' }, async (service) => {
      const hidden = 'h1dden';
      const ask = (method: string, path: string, body?: unknown) =>
        service.request(method, path, {
          ...(body === undefined ? {} : { body }),
          headers: AGENT,
        });
      const schemas = [USER];
      const refusals = await Promise.all([
        ask('GET', `/Users?filter=${encodeURIComponent(`userName eq "${hidden}`)}`),
        ask('GET', `/Users?filter=${encodeURIComponent(`${hidden} eq "a"`)}`),
        ask('GET', `/Users?sortBy=${hidden}`),
        ask('POST', '/Users', { schemas, userName: 'a', active: `say "${hidden}" "x` }),
        ask('POST', '/Users', { schemas, userName: 'b', emails: [{ value: 1, type: hidden }] }),
        ask('POST', '/Users', { schemas: [`urn:${hidden}`], userName: 'c' }),
        ask('POST', '/Groups', { displayName: 'g', members: [{ value: hidden }] }),
        ask('POST', '/Users', `{"userName": "${hidden}"`),
        service.request('GET', '/Users', { headers: { Authorization: `Bearer ${hidden}` } }),
      ]);
      expect(refusals.map(({ status }) => status)).toEqual([
        400, 400, 400, 400, 400, 400, 400, 400, 401,
      ]);
      await expect
        .poll(() => service.log.filter((line) => Number(line.status) >= 400 && 'ms' in line).length)
        .toBe(refusals.length);
      expect(JSON.stringify(service.log)).not.toContain(hidden);
      const unknown = await lineOf(service, 400);
      expect(unknown.detail).not.toBe('');
    }));

  it('R-475 tells of a bulk request how its operations ended', () =>
    withService({}, async (service) => {
      const post = (userName: string, bulkId: string) => ({
        ...{ method: 'POST', path: '/Users', bulkId, data: { schemas: [USER], userName } },
      });
      const Operations = [post('a', '1'), post('a', '2'), { method: 'DELETE', path: '/Users/x' }];
      await service.request('POST', '/Bulk', { body: { schemas: [BULK], Operations } });
      expect(await lineOf(service, 200)).toMatchObject({
        bulk: {
          operations: 3,
          statuses: { 201: 1, 409: 1, 404: 1 },
          failed: ['2 POST 409 uniqueness', '3 DELETE 404'],
        },
      });
    }));

  it('R-476 has one line when an outage begins and one when it ends', async () => {
    let away = false;
    const guard = async () => {
      if (away) throw new BackendError('unavailable', 'db.internal refuses');
    };
    const service = await startService({}, async (types) => {
      const backend = new MemoryBackend(types);
      const store = backend.store.bind(backend);
      return Object.assign(backend, {
        ping: guard,
        store: (type: Parameters<typeof store>[0]) => {
          const inner = store(type);
          const get = inner.get.bind(inner);
          return Object.assign(inner, {
            get: async (...args: Parameters<typeof get>) => guard().then(() => get(...args)),
          });
        },
      });
    });
    const told = () =>
      service.log
        .filter(({ msg }) => String(msg).startsWith('the data store'))
        .map(({ msg }) => msg);
    try {
      away = true;
      for (let i = 0; i < 20; i++) {
        const path = i % 2 === 0 ? '/Users/1' : '/health';
        expect((await service.request('GET', path)).status).toBe(503);
      }
      await expect.poll(told).toEqual(['the data store does not answer']);
      expect(await lineOf(service, 503)).toMatchObject({ reason: 'db.internal refuses' });
      expect(service.log.filter((line) => JSON.stringify(line).includes('"stack"'))).toHaveLength(
        1,
      );
      away = false;
      await expect
        .poll(told, { timeout: 10_000 })
        .toEqual(['the data store does not answer', 'the data store is well again']);
      expect((await service.request('GET', '/health')).body).toEqual({ status: 'OK' });
    } finally {
      await service.close();
    }
  });

  it('R-477 can be read by people', { timeout: 60_000 }, async () => {
    const DATA_PATH = mkdtempSync(join(tmpdir(), 'log-'));
    const env = { HOST: '127.0.0.1', PORT: '0', API_KEY: 'a-key-of-the-test', DATA_PATH };
    const service = startProcess({ ...env, LOG_FORMAT: 'pretty' });
    await expect.poll(() => service.output().stdout, { timeout: 50_000 }).toContain('listening');
    service.child.kill('SIGTERM');
    expect(await service.ended()).toBe(0);
    const { stdout } = service.output();
    expect(stdout).toMatch(/^\[\d{4}-\d\d-\d\d .*\] INFO.*: starting$/m);
    expect(stdout).toMatch(/INFO.*: stopped\n$/);
    rmSync(DATA_PATH, { recursive: true });
  });
});
