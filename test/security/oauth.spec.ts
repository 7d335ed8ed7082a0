import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Issuer, startIssuer } from '../support/issuer.js';
import { create, expectError, list, USER } from '../support/scim.js';
import { removeFolder, scratchFolder } from '../support/scratch.js';
import { type Answer, type Service, startService } from '../support/service.js';

const PUBLIC_URL = 'https://scim.example.org/scim';
const ENTRA_AUDIENCE = 'api://AzureADTokenExchange';
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

let issuer: Issuer;
let service: Service;
beforeAll(async () => {
  issuer = await startIssuer();
  const assertion = { issuer: issuer.url, subject: 'workload', audiences: [ENTRA_AUDIENCE, 'b'] };
  service = await startService({
    BASE_PATH: '/scim',
    PUBLIC_URL,
    TENANTS: JSON.stringify({ acme: { keys: ['acme-static-key-0'] } }),
    CURSOR_SECRET: 'shared by all instances',
    OAUTH_CLIENTS: JSON.stringify({
      okta: { secret: 'okta-secret', scopes: ['read', 'users'] },
      all: { secrets: ['old-secret', 'new-secret'] },
      entra: { assertion, scopes: ['write'], tenant: 'acme' },
    }),
  });
});
afterAll(async () => {
  await service.close();
  await issuer.stop();
});

function ask(form: Readonly<Record<string, string>>, headers = {}, on = service): Promise<Answer> {
  return on.request('POST', '/oauth2/token', {
    body: new URLSearchParams({ grant_type: 'client_credentials', ...form }).toString(),
    headers: {
      Authorization: null,
      'Content-Type': 'application/x-www-form-urlencoded',
      Accept: 'application/json',
      ...headers,
    },
  });
}

const tokenOf = (answer: Answer) => answer.json<{ access_token: string }>().access_token;

describe('the secret of all instances', () => {
  it('R-457 is kept by the database: what one instance seals, the other opens', async () => {
    const folder = scratchFolder('scim-shared-');
    const settings = {
      API_KEY: 'shared-key-000001',
      DATABASE_URL: `sqlite:///${join(folder, 'scim.db')}`,
      PUBLIC_URL,
      OAUTH_CLIENTS: JSON.stringify({ all: { secret: 'new-secret' } }),
    };
    const one = await startService({ ...settings, DATA_PATH: join(folder, 'one') });
    const two = await startService({ ...settings, DATA_PATH: join(folder, 'two') });
    try {
      for (const userName of ['a', 'b', 'c']) await create(one, '/Users', { userName });
      const page = await list(one, '/Users', { cursor: '', count: '2' });
      const rest = await list(two, '/Users', { cursor: page.nextCursor ?? '', count: '2' });
      expect(rest.Resources).toHaveLength(1);
      const form = { client_id: 'all', client_secret: 'new-secret' };
      const headers = bearer(tokenOf(await ask(form, {}, one)));
      expect((await two.request('GET', '/Users', { headers })).status).toBe(200);
    } finally {
      await one.close();
      await two.close();
      removeFolder(folder);
    }
  });
});

describe('an exchange of the secret', () => {
  it('R-570 refuses nothing that the other secret sealed, as long as it is known', async () => {
    const dataPath = scratchFolder('scim-exchange-');
    const settings = {
      DATA_PATH: dataPath,
      PUBLIC_URL,
      OAUTH_CLIENTS: JSON.stringify({ all: { secret: 'new-secret' } }),
    };
    const form = { client_id: 'all', client_secret: 'new-secret' };
    const before = await startService({ ...settings, CURSOR_SECRET: 'old' });
    for (const userName of ['a', 'b', 'c']) await create(before, '/Users', { userName });
    const { nextCursor = '' } = await list(before, '/Users', { cursor: '', count: '2' });
    const headers = bearer(tokenOf(await ask(form, {}, before)));
    await before.close();
    const statuses = async (env: Readonly<Record<string, string>>) => {
      const service = await startService({ ...settings, ...env });
      try {
        const query = `cursor=${encodeURIComponent(nextCursor)}&count=2`;
        const page = await service.request('GET', `/Users?${query}`);
        const { status } = await service.request('GET', '/Users', { headers });
        return [page.status, status];
      } finally {
        await service.close();
      }
    };
    try {
      const both = { CURSOR_SECRET: 'new', CURSOR_SECRET_OTHER: 'old' };
      expect(await statuses(both)).toEqual([200, 200]);
      expect(await statuses({ CURSOR_SECRET: 'new' })).toEqual([400, 401]);
    } finally {
      removeFolder(dataPath);
    }
  });
});

describe('the token endpoint', () => {
  it('R-446 gives a client with its secret a token, and the token opens what its scopes say', async () => {
    const basic = Buffer.from('okta:okta-secret').toString('base64');
    for (const answer of [
      await ask({ client_id: 'okta', client_secret: 'okta-secret' }),
      await ask({}, { Authorization: `Basic ${basic}` }),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({
        token_type: 'Bearer',
        expires_in: 1800,
        scope: 'read users',
      });
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const headers = bearer(tokenOf(answer));
      expect((await service.request('GET', '/Users', { headers })).status).toBe(200);
      expectError(await service.request('GET', '/Groups', { headers }), 403);
      const body = { schemas: [USER], userName: 'x' };
      expectError(await service.request('POST', '/Users', { headers, body }), 403);
    }
  });

  it('R-446 provisions with a fetched token, old and new secret alike, and a narrower scope', async () => {
    for (const client_secret of ['old-secret', 'new-secret']) {
      const token = tokenOf(await ask({ client_id: 'all', client_secret }));
      const userName = `by-${client_secret}`;
      const user = await create(service, '/Users', { userName }, bearer(token));
      expect(user.userName).toBe(userName);
    }
    const form = { client_id: 'all', client_secret: 'new-secret', scope: 'read' };
    const body = { schemas: [USER], userName: 'y' };
    const headers = bearer(tokenOf(await ask(form)));
    expectError(await service.request('POST', '/Users', { headers, body }), 403);
  });

  it.each([
    [{ client_id: 'okta', client_secret: 'wrong' }, 401, 'invalid_client'],
    [{ client_id: 'nobody', client_secret: 'okta-secret' }, 401, 'invalid_client'],
    [{ client_id: 'entra' }, 401, 'invalid_client'],
    [{ client_id: 'okta', client_secret: 'okta-secret', scope: 'write' }, 400, 'invalid_scope'],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ])('R-446 answers %j with %d %s', async (form, status, error) => {
    const answer = await ask(form as unknown as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error });
    expect(answer.text).not.toContain('okta-secret');
  });

  it('R-447 takes an assertion of the client’s issuer, for exactly its subject and audiences', async () => {
    const assert = async (claims: Record<string, unknown>) =>
      ask({
        client_assertion_type: JWT_BEARER,
        client_assertion: await issuer.sign({ sub: 'workload', aud: ENTRA_AUDIENCE, ...claims }),
      });
    const answer = await assert({});
    const headers = bearer(tokenOf(answer));
    const user = await create(service, '/Users', { userName: 'of-acme' }, headers);
    const acme = bearer('acme-static-key-0');
    expect((await service.request('GET', `/Users/${user.id}`, { headers: acme })).status).toBe(200);
    expect((await assert({ aud: 'b' })).status).toBe(200);
    for (const claims of [
      { sub: 'another' },
      { aud: 'api://azureadtokenexchange' },
      { aud: PUBLIC_URL },
      { exp: Math.floor(Date.now() / 1000) - 600 },
    ]) {
      expect((await assert(claims)).status).toBe(401);
    }
  });

  it('R-447 takes an assertion once', async () => {
    const claims = { sub: 'workload', aud: ENTRA_AUDIENCE, jti: 'once' };
    const form = { client_assertion_type: JWT_BEARER, client_assertion: await issuer.sign(claims) };
    expect((await ask(form)).status).toBe(200);
    expect((await ask(form)).status).toBe(401);
  });

  it('R-448 says where it is (RFC 8414), and is not there unless configured', async () => {
    const origin = new URL(service.url).origin;
    const response = await fetch(`${origin}/.well-known/oauth-authorization-server`);
    expect(await response.json()).toMatchObject({
      issuer: PUBLIC_URL,
      token_endpoint: `${PUBLIC_URL}/oauth2/token`,
      grant_types_supported: ['client_credentials'],
    });
    const plain = await startService();
    try {
      expect(
        (await ask({ client_id: 'okta', client_secret: 'okta-secret' }, {}, plain)).status,
      ).toBe(404);
    } finally {
      await plain.close();
    }
  });

  it('R-446 its tokens hold on every instance with the same secret, and nowhere else', async () => {
    const token = tokenOf(await ask({ client_id: 'all', client_secret: 'new-secret' }));
    const settings = {
      PUBLIC_URL,
      OAUTH_CLIENTS: JSON.stringify({ all: { secret: 'new-secret' } }),
    };
    const same = await startService({ ...settings, CURSOR_SECRET: 'shared by all instances' });
    const other = await startService({ ...settings, CURSOR_SECRET: 'another' });
    try {
      const headers = bearer(token);
      expect((await same.request('GET', '/Users', { headers })).status).toBe(200);
      expectError(await other.request('GET', '/Users', { headers }), 401);
    } finally {
      await same.close();
      await other.close();
    }
  });
});
