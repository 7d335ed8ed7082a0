import { afterEach, describe, expect, it } from 'vitest';
import { type HttpLine, httpLine, type LineCall } from '../support/http-line.js';
import { type Service, startService, TEST_KEY } from '../support/service.js';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function service(env: Readonly<Record<string, string>>): Promise<Service> {
  const started = await startService(env);
  open.push(() => started.close());
  return started;
}

/** A server in front of another one, which may change what is answered. */
async function between(
  target: () => string,
  change: (call: LineCall, text: string) => string | undefined = () => undefined,
): Promise<HttpLine> {
  const line = await httpLine(target);
  open.push(() => line.close());
  return Object.assign(line, { change });
}

const warnings = ({ log }: Service) =>
  log.map(({ msg }) => String(msg)).filter((m) => /upstream/i.test(m));
const user = (userName: string) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  userName,
});

describe('an upstream server', () => {
  it('R-437 that is this service again, through another one, is found out', async () => {
    let target = '';
    const upstream = await service({});
    target = upstream.url;
    const first = await service({
      FORWARD_SCIM_URL: (await between(() => target)).url,
      API_KEY: TEST_KEY,
    });
    expect((await first.request('GET', '/Users')).status).toBe(200);
    target = first.url;
    const answer = await first.request('GET', '/Users');
    expect(answer.status).toBe(503);
    target = upstream.url;
    expect((await first.request('GET', '/Users')).status).toBe(200);
  });

  it('R-438 that ignores filters, or gives wrong totals, is filtered here', async () => {
    const upstream = await service({});
    for (const name of ['ann', 'ben', 'cas'])
      await upstream.request('POST', '/Users', { body: user(name) });
    const all = (await upstream.request('GET', '/Users')).text;
    const lying = await between(
      () => upstream.url,
      ({ url }) => (/^\/Users\?.*filter=/.test(url) ? all : undefined),
    );
    const forwarding = await service({ FORWARD_SCIM_URL: lying.url, FORWARD_SCIM_KEY: TEST_KEY });
    for (const name of ['ben', 'cas']) {
      const { body } = await forwarding.request(
        'GET',
        `/Users?filter=userName%20eq%20%22${name}%22`,
      );
      expect(body).toMatchObject({ totalResults: 1, Resources: [{ userName: name }] });
    }
    expect(warnings(forwarding)).toEqual([expect.stringContaining('a filter is answered')]);
  });

  it('R-438 whose PATCH changes nothing is written by PUT', async () => {
    const upstream = await service({});
    const ignoring = await between(() => upstream.url);
    ignoring.fault = ({ method }) => (method === 'PATCH' ? { status: 200 } : undefined);
    const env = { FORWARD_SCIM_URL: ignoring.url, FORWARD_SCIM_KEY: TEST_KEY };
    const forwarding = await service(env);
    const { id } = (await forwarding.request('POST', '/Users', { body: user('ann') })).json<{
      id: string;
    }>();
    const group = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'g' };
    const made = (await forwarding.request('POST', '/Groups', { body: group })).json<{
      id: string;
    }>();
    const patch = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'add', path: 'members', value: [{ value: id }] }],
    };
    expect((await forwarding.request('PATCH', `/Groups/${made.id}`, { body: patch })).status).toBe(
      200,
    );
    expect((await upstream.request('GET', `/Groups/${made.id}`)).body).toMatchObject({
      members: [{ value: id }],
    });
  });

  it('R-438 is told apart from nothing: its refusals are kept, its failures are outages', async () => {
    const upstream = await service({});
    const failing = await between(() => upstream.url);
    const env = { FORWARD_SCIM_URL: failing.url, SCIM_FORWARD_KEY: TEST_KEY };
    const forwarding = await service(env);
    expect((await forwarding.request('POST', '/Users', { body: user('ann') })).status).toBe(201);
    const twice = await forwarding.request('POST', '/Users', { body: user('ANN') });
    expect([twice.status, twice.json<{ scimType: string }>().scimType]).toEqual([
      409,
      'uniqueness',
    ]);
    failing.fault = ({ method }) => (method === 'POST' ? { status: 501 } : undefined);
    const refused = await forwarding.request('POST', '/Users', { body: user('ben') });
    expect(refused.status).toBe(501);
    failing.fault = () => undefined;
    await upstream.close();
    const away = await forwarding.request('GET', '/Users');
    expect(away.status).toBe(503);
  });

  it('R-465 gets passwords as they were sent, and nobody else does', async () => {
    const upstream = await service({});
    const line = await between(() => upstream.url);
    const sent: string[] = [];
    line.fault = ({ method, body }) => {
      if (method !== 'GET') sent.push(body);
      return undefined;
    };
    const env = { FORWARD_SCIM_URL: line.url, FORWARD_SCIM_KEY: TEST_KEY };
    const forwarding = await service(env);
    const body = { ...user('ann'), password: 'first-s3cret' };
    const made = await forwarding.request('POST', '/Users', { body });
    const path = `/Users/${made.json<{ id: string }>().id}`;
    const patch = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path: 'password', value: 'second-s3cret' }],
    };
    const patched = await forwarding.request('PATCH', path, { body: patch });
    expect([made.status, patched.status]).toEqual([201, 200]);
    expect(sent).toEqual([
      expect.stringContaining('"password":"first-s3cret"'),
      expect.stringContaining('"password":"second-s3cret"'),
    ]);
    for (const { text } of [made, patched]) expect(text).not.toContain('password');
    for (const { log } of [forwarding, upstream])
      expect(JSON.stringify(log)).not.toContain('s3cret');
    const dropping = await service({ ...env, PASSWORDS: 'drop' });
    const other = { ...user('ben'), password: 'third-s3cret' };
    expect((await dropping.request('POST', '/Users', { body: other })).status).toBe(201);
    expect(sent.at(-1)).not.toContain('password');
  });

  it('R-439 without a schema for something refuses it, or drops it with a line in the log', async () => {
    const upstream = await service({});
    const poor = await between(
      () => upstream.url,
      ({ url }, text) =>
        url === '/Schemas' ? text.replaceAll('"nickName"', '"someName"') : undefined,
    );
    const env = { FORWARD_SCIM_URL: poor.url, FORWARD_SCIM_KEY: TEST_KEY };
    const body = { ...user('ann'), nickName: 'A' };
    const refusing = await service(env);
    const refused = await refusing.request('POST', '/Users', { body });
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('nickName')]);
    const dropping = await service({ ...env, FORWARD_SCIM_UNKNOWN: 'drop' });
    expect((await dropping.request('POST', '/Users', { body })).status).toBe(201);
    expect(warnings(dropping)).toEqual([expect.stringContaining('nickName')]);
  });
});
