import { createHmac } from 'node:crypto';
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Issuer, startIssuer } from '../support/issuer.js';
import { create, expectError, patchOf, type Resource, read, USER } from '../support/scim.js';
import { type Service, startService } from '../support/service.js';

const AUDIENCE = 'https://scim.example.org';
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

let issuer: Issuer;
let service: Service;
beforeAll(async () => {
  issuer = await startIssuer();
  service = await startService({
    API_KEY: 'static-key-for-the-test',
    OIDC_ISSUER: issuer.url,
    OIDC_AUDIENCE: `other-audience,${AUDIENCE}`,
    OIDC_CLOCK_SKEW: '5',
    OIDC_SUBJECT: 'externalId',
    OIDC_SCOPES: JSON.stringify({
      'scim.read': ['read'],
      'scim.write': ['write'],
      Provisioning: ['write', 'users'],
    }),
  });
});
afterAll(async () => {
  await service.close();
  await issuer.stop();
});

const list = (token: string) => service.request('GET', '/Users', { headers: bearer(token) });

describe('tokens of an issuer', () => {
  it('R-441 provisions with a token that the issuer made, as far as its scope reaches', async () => {
    const writer = await issuer.token('scim.write', AUDIENCE);
    const reader = await issuer.token('scim.read', AUDIENCE);
    await create(service, '/Users', { userName: 'by-token' }, bearer(writer));
    expect((await list(reader)).status).toBe(200);
    const refused = await service.request('POST', '/Users', {
      body: { schemas: [USER], userName: 'x' },
      headers: bearer(reader),
    });
    expectError(refused, 403);
    expect(refused.headers.get('www-authenticate')).toMatch(/insufficient_scope/);
    expectError(await list(await issuer.token('other', AUDIENCE)), 403);
  });

  it('R-441 static keys go on working beside tokens', async () => {
    expect((await service.request('GET', '/Users')).status).toBe(200);
  });

  it('R-441 reads roles and scp as Entra sends them, and confines to endpoints', async () => {
    const token = await issuer.sign({ aud: AUDIENCE, sub: 'app', roles: ['Provisioning'] });
    expect((await list(token)).status).toBe(200);
    const groups = await service.request('GET', '/Groups', { headers: bearer(token) });
    expectError(groups, 403);
    const scp = await issuer.sign({ aud: [AUDIENCE, 'x'], scp: 'openid scim.read' });
    expect((await list(scp)).status).toBe(200);
  });

  it('R-442 refuses a token of another audience, issuer or time, and one that never ends', async () => {
    const soon = Math.floor(Date.now() / 1000);
    const good = { aud: AUDIENCE, scope: 'scim.read' };
    expect((await list(await issuer.sign(good))).status).toBe(200);
    for (const claims of [
      { ...good, aud: 'https://elsewhere.example.org' },
      { ...good, aud: undefined },
      { ...good, iss: `${issuer.url}/` },
      { ...good, nbf: soon + 600 },
      { ...good, exp: soon - 600 },
      { ...good, exp: undefined },
    ]) {
      expectError(await list(await issuer.sign(claims)), 401);
    }
    const expired = await list(await issuer.sign({ ...good, exp: soon - 600 }));
    expect(expired.headers.get('www-authenticate')).toMatch(/invalid_token/);
    expect(expired.text).toMatch(/expired/);
    // Clocks may differ by OIDC_CLOCK_SKEW.
    expect((await list(await issuer.sign({ ...good, exp: soon - 1 }))).status).toBe(200);
  });

  it('R-442 refuses alg none, a shared secret made of the public key, and a foreign key', async () => {
    const claims = { iss: issuer.url, aud: AUDIENCE, scope: 'scim.write', exp: 4_000_000_000 };
    const none = `${base64({ alg: 'none' })}.${base64(claims)}.`;
    const response = await fetch(`${issuer.url}/jwks`);
    const { keys } = (await response.json()) as { keys: readonly { n: string; kid: string }[] };
    const [key] = keys;
    const head = `${base64({ alg: 'HS256', kid: key?.kid })}.${base64(claims)}`;
    const confused = `${head}.${createHmac('sha256', key?.n ?? '')
      .update(head)
      .digest('base64url')}`;
    const { privateKey } = await generateKeyPair('RS256');
    const foreign = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: key?.kid ?? '' })
      .sign(privateKey);
    for (const token of [none, `${none}x`, confused, foreign, 'a.b.c', `${head}.`]) {
      expectError(await list(token), 401);
    }
  });
});

it('R-442 takes the tokens of each of several issuers, signed with the keys of the one they name', async () => {
  const second = await startIssuer();
  const both = await startService({
    OIDC_ISSUER: `${issuer.url}, ${second.url}`,
    OIDC_AUDIENCE: AUDIENCE,
  });
  const get = (token: string) => both.request('GET', '/Users', { headers: bearer(token) });
  const claims = { aud: AUDIENCE, scope: 'scim.read' };
  try {
    expect((await get(await issuer.sign(claims))).status).toBe(200);
    expect((await get(await second.sign(claims))).status).toBe(200);
    expectError(await get(await second.sign({ ...claims, iss: issuer.url })), 401);
    await second.stop();
    expect((await get(await issuer.sign(claims))).status).toBe(200);
  } finally {
    await both.close();
    await second.stop();
  }
});

describe('keys of an issuer', () => {
  it('R-443 are kept, and found again when they are exchanged', async () => {
    const fresh = await startIssuer();
    const own = await startService({ OIDC_ISSUER: fresh.url, OIDC_AUDIENCE: AUDIENCE });
    const get = async () => {
      const token = await fresh.sign({ aud: AUDIENCE, scope: 'scim.read' });
      return own.request('GET', '/Users', { headers: bearer(token) });
    };
    try {
      for (let i = 0; i < 5; i++) expect((await get()).status).toBe(200);
      expect(fresh.keyRequests).toBe(1);
      const old = await fresh.sign({ aud: AUDIENCE, scope: 'scim.read' });
      await fresh.rotate();
      // A key that is not known is asked for again, though not at once for every request.
      await expect
        .poll(async () => (await get()).status, { timeout: 40_000, interval: 1_500 })
        .toBe(200);
      expectError(await own.request('GET', '/Users', { headers: bearer(old) }), 401);
    } finally {
      await own.close();
      await fresh.stop();
    }
  });

  it('R-443 that cannot be fetched are 503 and no failed attempt, and come back by themselves', async () => {
    const away = await startIssuer();
    await away.stop();
    const own = await startService({ OIDC_ISSUER: away.url, OIDC_AUDIENCE: AUDIENCE });
    const token = await away.sign({ aud: AUDIENCE, scope: 'scim.read' });
    const get = () => own.request('GET', '/Users', { headers: bearer(token) });
    try {
      for (let i = 0; i < 30; i++) {
        const answer = await get();
        expectError(answer, 503);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      await away.start();
      expect((await get()).status).toBe(200);
    } finally {
      await own.close();
      await away.stop();
    }
  });
});

describe('/Me', () => {
  const me = (token: string, method = 'GET', sent = {}, path = '/Me') =>
    service.request(method, path, { ...sent, headers: bearer(token) });
  let own: Resource;
  let token: string;
  beforeAll(async () => {
    const body = { userName: 'bjensen', externalId: 'Sub-1', displayName: 'B', title: 'Boss' };
    own = await create(service, '/Users', { ...body, password: 'first-password' });
    token = await issuer.sign({ aud: AUDIENCE, sub: 'Sub-1' });
  });

  it('R-444 is the resource of whoever the token speaks for, with its permanent location', async () => {
    const answer = await me(token);
    expect(answer.json<Resource>()).toMatchObject({ id: own.id, userName: 'bjensen' });
    expect(answer.headers.get('location')).toMatch(new RegExp(`/Users/${own.id}$`));
    // Nothing else is open to somebody who is just a user.
    expectError(await me(token, 'GET', {}, '/Users'), 403);
    expectError(await me(token, 'GET', {}, `/Users/${own.id}`), 403);
    expectError(await me(token, 'DELETE', {}, `/Users/${own.id}`), 403);
    expectError(await me(token, 'DELETE'), 501);
    expectError(await me(await issuer.sign({ aud: AUDIENCE, sub: 'nobody' })), 404);
    expectError(await me(await issuer.sign({ aud: AUDIENCE, sub: 'sub-1' })), 404);
    expectError(await service.request('GET', '/Me'), 501);
  });

  it('R-445 lets its owner change what ME_WRITABLE names, by PATCH', async () => {
    const changed = await me(
      token,
      'PATCH',
      patchOf({ op: 'replace', path: 'displayName', value: 'Me' }),
    );
    expect(changed.json<Resource>()).toMatchObject({ displayName: 'Me', title: 'Boss' });
    for (const operation of [
      { op: 'replace', path: 'title', value: 'CEO' },
      { op: 'replace', value: { displayName: 'x', userName: 'root' } },
      { op: 'remove', path: 'externalId' },
      { op: 'add', path: 'entitlements', value: [{ value: 'admin' }] },
    ]) {
      const answer = await me(token, 'PATCH', patchOf(operation));
      expectError(answer, 403);
    }
    expect(await read(service, `/Users/${own.id}`)).toMatchObject({
      displayName: 'Me',
      title: 'Boss',
      userName: 'bjensen',
    });
  });

  it('R-445 keeps what is not its owner’s to change, by PUT', async () => {
    const body = { schemas: [USER], userName: 'bjensen', nickName: 'Babs' };
    const replaced = await me(token, 'PUT', { body });
    expect(replaced.json<Resource>()).toMatchObject({
      nickName: 'Babs',
      title: 'Boss',
      externalId: 'Sub-1',
    });
    expect(replaced.json<Resource>().displayName).toBeUndefined();
    expectError(await me(token, 'PUT', { body: { ...body, title: 'CEO' } }), 403);
  });
});
