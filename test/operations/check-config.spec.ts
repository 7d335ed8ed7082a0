import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseServer, startPostgres } from '../support/databases.js';
import { startProcess } from '../support/process.js';
import { freePort, whyNot } from '../support/scratch.js';
import { TEST_STORES } from '../support/stores/list.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'check-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function check(env: Readonly<Record<string, string>>) {
  const all = { API_KEY: 'hidden-key', DATA_PATH: join(folder, 'data'), ...env };
  const asked = startProcess(all, { args: ['--check-config'] });
  const code = await asked.ended();
  const { stdout, stderr } = asked.output();
  expect(stdout + stderr).not.toContain('hidden');
  return { code, stdout, stderr };
}

describe('--check-config', () => {
  it('R-474 tells what would be used, and changes nothing', { timeout: 60_000 }, async () => {
    const { code, stdout } = await check({ TENANTS: '{"acme":{"keys":["hidden-too"]}}' });
    expect(code).toBe(0);
    const summary = JSON.parse(stdout.slice(0, stdout.lastIndexOf('}') + 1));
    expect(summary).toMatchObject({
      store: { kind: 'flat files', place: join(folder, 'data') },
      tenants: [
        { name: 'default', keys: 1 },
        { name: 'acme', keys: 1 },
      ],
      schemas: { User: { endpoint: '/Users' } },
      limits: { pageSize: 100 },
    });
    expect(stdout).toContain('The configuration can be used');
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('R-474 looks beside a service that runs, which logs the same and says when it stopped', {
    timeout: 60_000,
  }, async () => {
    const env = { HOST: '127.0.0.1', PORT: '0', API_KEY: 'hidden-key', DATA_PATH: folder };
    const service = startProcess(env);
    await service.listening();
    const { code, stdout } = await check({ ...env });
    expect(code).toBe(0);
    const { uses } = JSON.parse(service.output().stdout.split('\n')[0] ?? '');
    expect(uses).toEqual(JSON.parse(stdout.slice(0, stdout.lastIndexOf('}') + 1)));
    service.child.kill('SIGTERM');
    expect(await service.ended()).toBe(0);
    const last = service.output().stdout.trim().split('\n').at(-1);
    expect(JSON.parse(last ?? '')).toMatchObject({ msg: 'stopped' });
  });

  it('R-474 says what is wrong with the broker', { timeout: 60_000 }, async () => {
    const port = await freePort();
    const { code, stderr } = await check({ AMQP: `amqp://u:hidden@127.0.0.1:${port}` });
    expect(code).toBe(1);
    expect(stderr).toContain(`amqp://u@127.0.0.1:${port}: connect ECONNREFUSED`);
    expect(stderr).toContain('Start the broker');
  });
});

describe.skipIf(whyNot('initdb', 'postgres'))('--check-config of a database', () => {
  let server: DatabaseServer | undefined;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(async () => server?.remove());

  it('R-474 reaches it, and makes no table', { timeout: 60_000 }, async () => {
    const url = (await server?.createDatabase()) ?? '';
    const { code, stdout } = await check({
      DATABASE_URL: url.replace('postgres@', 'postgres:hidden@'),
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout.slice(0, stdout.lastIndexOf('}') + 1)).store.place).toBe(url);
    expect(
      await server?.execute(url, 'select 1 from pg_tables where schemaname = current_schema()'),
    ).toEqual([]);
    const missing = await check({ DATABASE_URL: `${url}x` });
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('Create the database');
  });
});

describe('--check-config of every kind of store', () => {
  const kinds = ['sqlite', 'mariadb', 'mongo', 'ldap-tls', 'scim'];
  for (const { name, programs, start } of TEST_STORES.filter((kind) => kinds.includes(kind.name))) {
    it.skipIf(whyNot(...programs))(`R-474 reaches ${name}`, { timeout: 120_000 }, async () => {
      const store = await start();
      try {
        const { code, stdout, stderr } = await check(store.env);
        expect(stderr).toBe('');
        expect(code).toBe(0);
        expect(stdout).toContain('The configuration can be used');
      } finally {
        await store.remove();
      }
    });
  }

  it('R-474 says of a file that is no database that it is none', { timeout: 60_000 }, async () => {
    const file = join(folder, 'people.csv');
    writeFileSync(file, 'userName,title\n'.repeat(100));
    const { code, stderr } = await check({ DATABASE_URL: `sqlite:///${file}` });
    expect(code).toBe(1);
    expect(stderr).toContain('file is not a database');
    expect(stderr).toContain('DATABASE_URL');
    expect(readFileSync(file, 'utf8')).toMatch(/^userName,title/);
  });
});
