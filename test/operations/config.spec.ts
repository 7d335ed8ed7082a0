import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../apps/scim/src/config/configuration.js';
import { describeStartFailure } from '../../apps/scim/src/config/start-failure.js';
import { schemaFolder } from '../support/device.js';
import { startProcess } from '../support/process.js';
import { create, list, read } from '../support/scim.js';
import { startService } from '../support/service.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the process with this environment, which must end it at once; what it says then. */
async function refused(env: Readonly<Record<string, string>>): Promise<string> {
  const service = startProcess({ PORT: '0', HOST: '127.0.0.1', DATA_PATH: folder, ...env });
  const url = service.listening().catch(() => undefined);
  const ended = await Promise.race([service.ended(), url]);
  if (typeof ended === 'string' && ended.startsWith('http')) service.child.kill('SIGKILL');
  expect(ended).toBe(1);
  const { stderr } = service.output();
  expect(stderr, 'a stack is no help').not.toMatch(/\n\s+at .+:\d+/);
  return stderr;
}

/** The same in this process, which is quicker: why the service did not start. */
async function failure(env: Readonly<Record<string, string>>): Promise<string> {
  const started = await startService(env).catch((error: unknown) => error);
  expect(started, 'it must not start').toBeInstanceOf(ConfigurationError);
  return describeStartFailure(started);
}

const WRONG: Readonly<Record<string, string>> = {
  LOGLEVEL: 'loud',
  PORT: '70000',
  BASE_PATH: '/a b',
  PUBLIC_URL: 'ftp://x',
  TRUST_PROXY: 'perhaps',
  TLS_CERT: '/no/such/file.pem',
  API_KEY: '',
  API_KEY_READ: 'with blank',
  TENANTS: '{"Acme":{"keys":["tenant-secret"]}}',
  DISCOVERY_PUBLIC: '2',
  STRICT: 'maybe',
  META_LOCATION: 'somewhere',
  EXTERNAL_ID_UNIQUE: 'nope',
  UNKNOWN_MEMBERS: 'ignore',
  PAGE_SIZE: '0',
  DEFAULT_PAGINATION: 'both',
  CURSOR_TIMEOUT: '-1',
  BULK_MAX_OPERATIONS: '1.5',
  BULK_MAX_PAYLOAD_SIZE: '1MB',
  MAX_BODY_SIZE: 'x',
  USER_MAPPING: '{"userName":',
  GROUP_MAPPING: '["x"]',
};

describe('a wrong configuration stops the start', () => {
  it('of the process, and every variable that is wrong is named, with what it should be', async () => {
    const said = await refused(WRONG);
    const lines = said.split('\n').map((line) => line.trim());
    for (const name of Object.keys(WRONG)) {
      const line = lines.find((text) => text.startsWith(`${name} `)) ?? `nothing of ${name}`;
      expect(line).toMatch(/ (must be|is needed|names) /);
    }
    expect(said).not.toMatch(/tenant-secret|with blank/);
  }, 60_000);

  it('R-024 and no secret is told', async () => {
    const said = await failure({
      API_KEY: 'secret key-4711',
      API_KEY_READ: 'secret key-4712',
      TENANTS: '{"a":{"keys":["key-4713"]},"b":{"keys":["key-4713"]}, "C": 1}',
    });
    expect(said).toMatch(/API_KEY /);
    expect(said).not.toMatch(/key-471/);
  });

  it('keys that belong to two are refused', async () => {
    const said = await failure({ API_KEY: 'a,b', TENANTS: '{"acme":{"keys":["b-1","b"]}}' });
    expect(said).toMatch(/TENANTS /);
    expect(said).not.toContain('b-1');
  });

  it('mappings and schemas are checked before the first request', async () => {
    const mapped = await failure({
      USER_MAPPING: '{"userName":"nope.nope"}',
      GROUP_MAPPING: '{"meta":"displayName","members":"displayName"}',
    });
    expect(mapped).toMatch(/USER_MAPPING .*nope\.nope/);
    expect(mapped).toMatch(/GROUP_MAPPING .*meta/);
    expect(mapped).toMatch(/GROUP_MAPPING .*members/);
    const broken = schemaFolder({
      'core/Device.json': '{',
      'core/Robot.json': '"x"',
    });
    const SCHEMA_PATH = broken;
    expect(await failure({ SCHEMA_PATH })).toMatch(/SCHEMA_PATH .*Device\.json/);
    writeFileSync(join(broken, 'core/Device.json'), '{"id":"urn:x:y","attributes":[{"type":"x"}]}');
    const both = await failure({ SCHEMA_PATH });
    expect(both).toMatch(/SCHEMA_PATH .*Device\.json/);
    expect(both).toMatch(/SCHEMA_PATH .*Robot\.json/);
    expect(await failure({ SCHEMA_PATH: '/no/such/folder' })).toMatch(/SCHEMA_PATH /);
    rmSync(broken, { recursive: true });
  });

  it('certificates are read before the first request', async () => {
    const file = join(folder, 'not-a-certificate');
    writeFileSync(file, 'x');
    expect(await failure({ TLS_CERT: file, TLS_KEY: file })).toMatch(/TLS_CERT .*TLS_KEY/);
    expect(await failure({ TLS_KEY: file })).toMatch(/TLS_CERT is needed/);
  });

  it('an empty key file never opens the service to the default key', async () => {
    const file = join(folder, 'empty');
    writeFileSync(file, '\n');
    expect(await failure({ API_KEY_FILE: file })).toMatch(/API_KEY/);
    expect(await failure({ API_KEY_FILE: '/no/such/file' })).toMatch(/API_KEY_FILE/);
    expect(await failure({ API_KEY_FILE: file, API_KEY: 'x' })).toMatch(/API_KEY_FILE/);
  });
});

describe('values', () => {
  it('are read in any case, and an empty variable counts as not set', async () => {
    const service = await startService({
      STRICT: 'TRUE',
      META_LOCATION: 'Relative',
      PAGE_SIZE: ' 2 ',
      CURSOR_SECRET: '',
      SCHEMA_PATH: '',
      PUBLIC_URL: '',
    });
    try {
      const user = await create(service, '/Users', { userName: 'x' });
      expect(user.meta.location).toBe(`/Users/${user.id}`);
      const unknown = { body: { userName: 'no schemas' } };
      expect((await service.request('POST', '/Users', unknown)).status).toBe(400);
    } finally {
      await service.close();
    }
  });

  it('data outlive the process, and another DATA_PATH is another world', async () => {
    const env = { DATA_PATH: join(folder, 'kept') };
    const first = await startService(env);
    const user = await create(first, '/Users', { userName: 'kept', title: 'x' });
    await first.close();
    const second = await startService(env);
    try {
      expect(await read(second, `/Users/${user.id}`)).toMatchObject({ userName: 'kept' });
      const { version } = (await read(second, `/Users/${user.id}`)).meta;
      expect(version).toBe(user.meta.version);
    } finally {
      await second.close();
    }
    const other = await startService();
    try {
      expect((await list(other, '/Users')).totalResults).toBe(0);
    } finally {
      await other.close();
    }
  });
});
