import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { Desk, scimctl } from '../support/scimctl.js';
import { removeFolder } from '../support/scratch.js';
import { startService } from '../support/service.js';

describe('keys and tenants', () => {
  const desk = new Desk();
  afterAll(() => removeFolder(desk.folder));

  it('R-543: a new key opens a service that knows its digest', async () => {
    const made = JSON.parse((await scimctl('key', 'new', '--json')).stdout);
    const again = JSON.parse((await scimctl('key', 'new', '--json')).stdout);
    expect(made.key).not.toBe(again.key);
    expect(Buffer.from(made.key, 'base64url')).toHaveLength(32);
    expect(made.sha256).toBe(createHash('sha256').update(made.key).digest('hex'));
    const service = await startService({
      API_KEY: 'another-key-of-its-own',
      API_KEY_HASHES: made.sha256,
    });
    try {
      const headers = { Authorization: `Bearer ${made.key}` };
      expect((await service.request('GET', '/Users', { headers })).status).toBe(200);
    } finally {
      await service.close();
    }
  });

  it('R-544: tenants are listed with what they have; one is emptied, and no other', async () => {
    const TENANTS = '{"acme": {"keys": ["a-key-of-acme-alone"]}}';
    const database = { DATABASE_URL: `sqlite:///${desk.path('tenants')}.db` };
    const environment = desk.environment('tenants', { ...database, TENANTS });
    const run = (...args: string[]) => scimctl('--env', environment, '--json', ...args);
    await run('load', '--users', '5', '--groups', '2');
    await run('--tenant', 'acme', 'load', '--users', '250', '--groups', '3');
    const tenants = async () =>
      (await run('tenant', 'list')).stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    expect(await tenants()).toEqual([
      { name: 'default', resources: { User: 5, Group: 2 }, keys: 1 },
      { name: 'acme', resources: { User: 250, Group: 3 }, keys: 1 },
    ]);
    const asked = await run('tenant', 'remove', 'acme');
    expect([asked.code, JSON.parse(asked.stderr).error.message]).toEqual([
      2,
      expect.stringContaining('--yes'),
    ]);
    const removed = await run('tenant', 'remove', 'acme', '--yes');
    expect(JSON.parse(removed.stdout)).toEqual({ tenant: 'acme', deleted: 253 });
    expect((await tenants()).map(({ resources }) => resources)).toEqual([
      { User: 5, Group: 2 },
      { User: 0, Group: 0 },
    ]);
    expect((await run('tenant', 'remove', 'nobody', '--yes')).code).toBe(2);
  });
});
