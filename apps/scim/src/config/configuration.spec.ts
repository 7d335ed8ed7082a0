import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unusedStoresWarning } from '../composition/backend.registry.js';
import { ConfigurationError, readConfiguration } from './configuration.js';
import { digestOf } from './keys.js';
import { keyWarnings } from './tenants.js';

function problems(env: Record<string, string>): readonly string[] {
  try {
    readConfiguration(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('has the defaults of the reference', () => {
    expect(readConfiguration({})).toMatchObject({
      logLevel: 'info',
      port: 8000,
      host: '127.0.0.1',
      basePath: '',
      pageSize: 100,
      store: { name: 'flat files', settings: { dataPath: '/tmp' } },
      unusedStores: [],
      tenants: [{ name: 'default', keys: [{ sha256: digestOf('secret'), scopes: [] }] }],
      usesDefaultKey: true,
      collections: { User: 'Users', Group: 'Groups' },
      mappings: { User: {}, Group: {} },
      metaLocation: 'auto',
      unknownMembers: 'reject',
      strict: false,
      trustProxy: false,
      tls: undefined,
    });
  });

  it.each([
    ['LOGLEVEL', 'DEBUG', 'logLevel', 'debug'],
    ['LOGLEVEL', 'Warning', 'logLevel', 'warn'],
    ['LOGLEVEL', 'CRITICAL', 'logLevel', 'fatal'],
    ['PORT', ' 0 ', 'port', 0],
    ['BASE_PATH', '/', 'basePath', ''],
    ['BASE_PATH', 'scim/v2/', 'basePath', '/scim/v2'],
    ['PUBLIC_URL', 'https://h.example/scim/', 'publicUrl', 'https://h.example/scim'],
    ['TRUST_PROXY', 'true', 'trustProxy', 1],
    ['TRUST_PROXY', '2', 'trustProxy', 2],
    ['TRUST_PROXY', '10.0.0.0/8, loopback', 'trustProxy', ['10.0.0.0/8', 'loopback']],
    ['STRICT', 'True', 'strict', true],
    ['META_LOCATION', 'RELATIVE', 'metaLocation', 'relative'],
    ['BULK_MAX_OPERATIONS', '0', 'bulkMaxOperations', 0],
    ['SENSITIVE_ATTRIBUTES', 'password, emails', 'sensitiveAttributes', ['password', 'emails']],
    ['PAGE_SIZE', '', 'pageSize', 100],
  ])('reads %s=%s', (name, text, member, expected) => {
    expect(readConfiguration({ [name]: text })).toHaveProperty(member, expected);
  });

  it('announces changes only with a broker', () => {
    expect(readConfiguration({ QUEUE: 'q' }).events).toBeUndefined();
    expect(
      readConfiguration({ AMQP: 'amqp://a, amqps://u:p@b:5671/v', DATA_PATH: '/d' }).events,
    ).toEqual({
      brokers: ['amqp://a', 'amqps://u:p@b:5671/v'],
      queue: 'SCIM',
      exchange: undefined,
      assert: true,
      journalPath: '/d/.scim/events',
      journalMaxSize: 268_435_456,
    });
  });

  it.each([
    { AMQP: 'http://a' },
    { AMQP: 'amqp://a,' },
    { AMQP: 'amqp://a', QUEUE: 'amq.x' },
    { AMQP: 'amqp://a', AMQP_EXCHANGE: 'x'.repeat(181) },
    { AMQP: 'amqp://a', AMQP_JOURNAL_MAX_SIZE: '10' },
  ])('refuses %j', (env) => {
    expect(problems(env as unknown as Record<string, string>)).toHaveLength(1);
  });

  it('R-498 passes passwords on to what people sign in to, and to nothing else', () => {
    const passed = { PASSWORDS: 'pass' };
    expect(problems(passed).join()).toMatch(/^PASSWORDS is pass/);
    const sql = { ...passed, DATABASE_URL: 'sqlite:///tmp/x.db' };
    expect(problems(sql).join()).toMatch(/^PASSWORDS is pass/);
    expect(problems({ ...passed, LDAP_HOSTNAME: 'ldap://localhost' })).toEqual([]);
  });

  it('reads mappings', () => {
    const { mappings } = readConfiguration({ USER_MAPPING: '{"id":"externalId"}' });
    expect(mappings).toEqual({ User: { id: 'externalId' }, Group: {} });
  });

  it('names every wrong variable in one message, and no secret', () => {
    const found = problems({
      PORT: '80x',
      PAGE_SIZE: '0',
      LOGLEVEL: 'loud',
      USER_MAPPING: '{"a":1}',
      GROUP_MAPPING: 'nope',
      TRUST_PROXY: 'maybe',
      AMQP: 'amqp://h?hartbeat=1',
      PUBLIC_URL: 'ftp://x',
      BASE_PATH: '/a?b',
      UNKNOWN_MEMBERS: 'perhaps',
      STRICT: 'perhaps',
      API_KEY: 'very hidden',
      TLS_KEY: '/nowhere/key.pem',
    });
    expect(found.map((problem) => problem.split(' ')[0]).sort()).toEqual([
      'AMQP',
      'API_KEY',
      'BASE_PATH',
      'GROUP_MAPPING',
      'LOGLEVEL',
      'PAGE_SIZE',
      'PORT',
      'PUBLIC_URL',
      'STRICT',
      'TLS_CERT',
      'TLS_KEY',
      'TRUST_PROXY',
      'UNKNOWN_MEMBERS',
      'USER_MAPPING',
    ]);
    expect(found.join()).not.toContain('very hidden');
    expect(found).toContain('PORT must be a whole number from 0 to 65535');
  });

  it('forwards to an upstream server, in either spelling', () => {
    const url = 'https://scim.example.org/v2';
    const expected = { own: { url, credentials: { key: 'k' } }, unknown: 'refuse' };
    for (const prefix of ['FORWARD_SCIM', 'SCIM_FORWARD']) {
      const env = { [`${prefix}_URL`]: `${url}/`, [`${prefix}_KEY`]: 'k' };
      const { store } = readConfiguration(env);
      expect([store.name, store.settings]).toMatchObject(['upstream SCIM', expected]);
    }
    const keyless = readConfiguration({ FORWARD_SCIM_URL: url, API_KEY: 'first, second' });
    expect(keyless.store.settings).toMatchObject({ own: { credentials: { key: 'first' } } });
    expect(problems({ SCIM_FORWARD_URL: 'x', FORWARD_SCIM_CLIENT_ID: 'y' })).toEqual([
      expect.stringContaining('FORWARD_SCIM_URL '),
      expect.stringContaining('FORWARD_SCIM_TOKEN_URL '),
    ]);
  });

  it('keeps users in JumpCloud, with a key', () => {
    const env = { JUMPCLOUD_URL: 'https://console.jumpcloud.com' };
    expect(problems(env)).toEqual([expect.stringContaining('JUMPCLOUD_KEY')]);
    const { store } = readConfiguration({ ...env, JUMPCLOUD_KEY: 'k', JUMPCLOUD_ORG: 'o' });
    expect(store.settings).toMatchObject({ own: { key: 'k', organisation: 'o' } });
  });

  it('takes a database with its limits, and none without DATABASE_URL', () => {
    const env = { DATABASE_URL: 'postgresql://host/db', DATABASE_POOL_SIZE: '5' };
    expect(readConfiguration(env).store).toMatchObject({
      name: 'SQL',
      settings: { url: 'postgresql://host/db', poolSize: 5, timeout: 30 },
    });
    expect(readConfiguration({ DATABASE_POOL_SIZE: '5' }).store.name).toBe('flat files');
  });

  it('uses the first of several stores in the order of the reference, and says so', () => {
    const configuration = readConfiguration({
      DATABASE_URL: 'sqlite:///:memory:',
      LDAP_HOSTNAME: 'ldap',
      DATA_PATH: '/data',
    });
    expect(configuration.store.name).toBe('LDAP');
    expect(configuration.unusedStores.map(({ name }) => name)).toEqual(['SQL']);
    expect(unusedStoresWarning(configuration)).toBe(
      'Several stores are configured, LDAP (LDAP_HOSTNAME), SQL (DATABASE_URL): LDAP is used.',
    );
    expect(unusedStoresWarning(readConfiguration({ LDAP_HOSTNAME: 'ldap' }))).toBeUndefined();
  });

  it('is frozen', () => {
    expect(Object.isFrozen(readConfiguration({}))).toBe(true);
  });
});

describe('keys and tenants', () => {
  const long = 'k'.repeat(16);
  const entry = (key: string, ...scopes: readonly string[]) => ({
    sha256: digestOf(key),
    scopes,
    isShort: key.length < 16,
  });

  it('takes several keys, and knows which only read', () => {
    const { tenants, usesDefaultKey } = readConfiguration({
      API_KEY: 'new, old',
      API_KEY_READ: 'reader',
    });
    expect(tenants).toEqual([
      { name: 'default', keys: [entry('new'), entry('old'), entry('reader', 'read')] },
    ]);
    expect(usesDefaultKey).toBe(false);
  });

  it.each([
    ['no key at all', {}, '127.0.0.1'],
    ['the default key said', { API_KEY: 'mine,secret' }, '127.0.0.1'],
    ['the default key of another tenant', { TENANTS: '{"a":{"keys":["secret"]}}' }, '127.0.0.1'],
    ['the default key where HOST says so', { HOST: '0.0.0.0' }, '0.0.0.0'],
    ['a key of its own', { API_KEY: 'mine' }, '0.0.0.0'],
  ])('R-503 with %s it listens on %s → %s', (_what, env, host) => {
    expect(readConfiguration(env).host).toBe(host);
  });

  it('R-503 refuses the default key in production, and says how to make one', () => {
    for (const env of [{}, { API_KEY: 'secret' }, { HOST: '127.0.0.1' }]) {
      expect(problems({ ...env, NODE_ENV: 'production' })).toEqual([
        expect.stringMatching(/^API_KEY must be set .*openssl rand -hex 32/),
      ]);
    }
    const env = { API_KEY: 'mine', NODE_ENV: 'production' };
    expect(readConfiguration(env).usesDefaultKey).toBe(false);
  });

  it('takes digests, names, ends and scopes of keys', () => {
    const { tenants } = readConfiguration({
      API_KEY: JSON.stringify([{ key: long, name: 'okta', scopes: ['users'] }, 'plain']),
      API_KEY_HASHES: digestOf('hashed').toUpperCase(),
      API_KEY_READ: JSON.stringify([{ key: 'r', scopes: ['groups'], expires: '2030-01-02' }]),
    });
    expect(tenants[0]?.keys).toEqual([
      { ...entry(long, 'users'), name: 'okta' },
      entry('plain'),
      { ...entry('hashed'), isShort: false },
      { ...entry('r', 'read', 'groups'), expires: Date.UTC(2030, 0, 2) },
    ]);
  });

  it.each([
    ['API_KEY', '[{"key":"k","scope":["read"]}]'],
    ['API_KEY', '[{"key":"k","expires":"tomorrow"}]'],
    ['API_KEY', '[{"key":"k","name":"with blank"}]'],
    ['API_KEY', '[{"key":"k","scopes":["Read"]}]'],
    ['API_KEY', '[{"key":"k","sha256":"0"}]'],
    ['API_KEY', '[]'],
    ['API_KEY_HASHES', 'not-a-digest'],
    ['API_KEY', '[{"key":"a","name":"x"},{"key":"b","name":"x"}]'],
  ])('refuses %s=%s', (name, text) => {
    expect(problems({ [name]: text })).toEqual([expect.stringMatching(`^${name} `)]);
  });

  it('warns of keys that are short, end soon or ended, and of no other', () => {
    const now = Date.parse('2030-01-01T00:00:00Z');
    const { tenants } = readConfiguration({
      API_KEY: JSON.stringify([
        { key: long, name: 'good', expires: '2031-01-01' },
        { key: `${long}2`, name: 'soon', expires: '2030-01-10' },
        { key: `${long}3`, name: 'late', expires: '2029-12-31' },
        'short',
      ]),
    });
    const warnings = keyWarnings(tenants, now);
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toMatch(/^The key soon .* ends at 2030-01-10/);
    expect(warnings[1]).toMatch(/^The key late .* ended at/);
    expect(warnings[2]).toMatch(/^The key number 4 .* less than 16 characters/);
    expect(warnings.join()).not.toContain('short');
  });

  it('opens no default tenant where only others have keys', () => {
    const { tenants } = readConfiguration({ TENANTS: '{"acme":{"keys":["k1"]}}' });
    expect(tenants).toEqual([{ name: 'acme', keys: [entry('k1')] }]);
  });

  it('has no default key where tokens open the service', () => {
    const oidc = { OIDC_ISSUER: 'https://issuer.example.org', OIDC_AUDIENCE: 'scim' };
    const configuration = readConfiguration(oidc);
    expect(configuration.tenants).toEqual([{ name: 'default', keys: [] }]);
    expect(configuration.usesDefaultKey).toBe(false);
    expect(problems({ ...oidc, OIDC_AUDIENCE: '' })).toEqual([
      'OIDC_AUDIENCE is needed with OIDC_ISSUER',
    ]);
    expect(problems({ ...oidc, OIDC_TENANT: 'acme' })).toEqual([
      'OIDC_TENANT names a tenant that is not configured',
    ]);
    expect(problems({ OIDC_ISSUER: 'http://issuer.example.org' })).toHaveLength(1);
    expect(problems({ OAUTH_CLIENTS: '{"a":{"secret":"s"}}' })).toEqual([
      expect.stringMatching(/^PUBLIC_URL is needed with OAUTH_CLIENTS/),
    ]);
    expect(problems({ OIDC_ALGORITHMS: 'HS256' })).toHaveLength(1);
  });

  it('refuses an empty API_KEY instead of falling back to the default one', () => {
    expect(problems({ API_KEY: ' ' })).toHaveLength(1);
    expect(problems({ API_KEY: ',' })).toHaveLength(1);
  });

  it.each([
    '{"Acme":{"keys":["k"]}}',
    '{"default":{"keys":["k"]}}',
    '{"../x":{"keys":["k"]}}',
    '{"acme":{"keys":[]}}',
    '{"acme":{"keys":["a b"]}}',
    '{"acme":{"key":["k"]}}',
    '[]',
    '{',
  ])('refuses TENANTS=%s', (text) => {
    expect(problems({ TENANTS: text })).toHaveLength(1);
  });

  it('refuses a key that tells two tenants or two rights', () => {
    const two = '{"a":{"keys":["k"]},"b":{"keys":["k"]}}';
    expect(problems({ TENANTS: two })).toEqual([expect.stringMatching(/^TENANTS repeats a key/)]);
    expect(problems({ API_KEY: 'k', API_KEY_READ: 'k' })).toHaveLength(1);
  });

  it('never makes the cursor secret from the keys', () => {
    expect(readConfiguration({ API_KEY: 'a' }).cursorSecret).toBeUndefined();
    expect(readConfiguration({ CURSOR_SECRET: 'c' }).cursorSecret).toBe('c');
  });

  it('reads rates', () => {
    const limit = (RATE_LIMIT: string) => readConfiguration({ RATE_LIMIT }).rateLimit;
    expect(limit('100/s')).toEqual({ requests: 100, seconds: 1 });
    expect(limit('600/30s')).toEqual({ requests: 600, seconds: 30 });
    expect(limit('6000/m')).toEqual({ requests: 6000, seconds: 60 });
    for (const wrong of ['0/s', '10', '10/d', '/s']) {
      expect(problems({ RATE_LIMIT: wrong })).toHaveLength(1);
    }
  });
});

describe('files', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'configuration-'));
    writeFileSync(join(folder, 'key'), 'from-file\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('hand over secrets', () => {
    const { tenants } = readConfiguration({ API_KEY_FILE: join(folder, 'key') });
    expect(tenants[0]?.keys).toMatchObject([{ sha256: digestOf('from-file') }]);
  });

  it('stop the start when they are missing or not the only source', () => {
    expect(problems({ API_KEY_FILE: join(folder, 'none') })).toEqual([
      'API_KEY_FILE names a file that cannot be read (ENOENT)',
    ]);
    expect(problems({ API_KEY_FILE: join(folder, 'key'), API_KEY: 'k' })).toEqual([
      'API_KEY_FILE is set as well as API_KEY; give only one of them',
    ]);
  });

  it('have to be a certificate and its key', () => {
    const file = join(folder, 'key');
    expect(problems({ TLS_CERT: file, TLS_KEY: file })).toEqual([
      'TLS_CERT and TLS_KEY are not a certificate and its private key in PEM form',
    ]);
    expect(problems({ TLS_CERT: file })).toEqual(['TLS_KEY is needed with TLS_CERT']);
  });
});
