import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
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
  change: (request: IncomingMessage, text: string) => string | number | undefined = () => undefined,
): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const {
      host,
      connection,
      'content-length': _,
      'transfer-encoding': __,
      ...rest
    } = request.headers;
    const body = Buffer.concat(chunks);
    const forwarded = fetch(`${target()}${request.url}`, {
      method: request.method ?? 'GET',
      headers: rest as Record<string, string>,
      ...(body.length === 0 ? {} : { body }),
    });
    const answer = await forwarded.catch(() => undefined);
    if (answer === undefined) return void request.socket.destroy();
    const text = await answer.text();
    const changed = change(request, text);
    if (typeof changed === 'number') response.writeHead(changed).end();
    else {
      const type = { 'content-type': 'application/scim+json' };
      response.writeHead(answer.status, type).end(answer.status === 204 ? '' : (changed ?? text));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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
      FORWARD_SCIM_URL: await between(() => target),
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
    const url = await between(() => {
      return upstream.url;
    });
    for (const name of ['ann', 'ben', 'cas'])
      await upstream.request('POST', '/Users', { body: user(name) });
    const all = (await upstream.request('GET', '/Users')).text;
    const lying = await between(
      () => url,
      (request) => (/^\/Users\?.*filter=/.test(request.url ?? '') ? all : undefined),
    );
    const forwarding = await service({ FORWARD_SCIM_URL: lying, FORWARD_SCIM_KEY: TEST_KEY });
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
    const lying = await between(
      () => upstream.url,
      (request) => (request.method === 'PATCH' ? 200 : undefined),
    );
    const ignoring = await between(() => lying);
    const forwarding = await service({ FORWARD_SCIM_URL: ignoring, FORWARD_SCIM_KEY: TEST_KEY });
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
    let broken = 0;
    const failing = await between(
      () => upstream.url,
      () => (broken > 0 ? broken : undefined),
    );
    const forwarding = await service({ FORWARD_SCIM_URL: failing, SCIM_FORWARD_KEY: TEST_KEY });
    expect((await forwarding.request('POST', '/Users', { body: user('ann') })).status).toBe(201);
    const twice = await forwarding.request('POST', '/Users', { body: user('ANN') });
    expect([twice.status, twice.json<{ scimType: string }>().scimType]).toEqual([
      409,
      'uniqueness',
    ]);
    broken = 501;
    const refused = await forwarding.request('POST', '/Users', { body: user('ben') });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    broken = 0;
    await upstream.close();
    const away = await forwarding.request('GET', '/Users');
    expect(away.status).toBe(503);
  });

  it('R-439 without a schema for something refuses it, or drops it with a line in the log', async () => {
    const upstream = await service({});
    const poor = await between(
      () => upstream.url,
      (request, text) =>
        request.url === '/Schemas' ? text.replaceAll('"nickName"', '"someName"') : undefined,
    );
    const env = { FORWARD_SCIM_URL: poor, FORWARD_SCIM_KEY: TEST_KEY };
    const body = { ...user('ann'), nickName: 'A' };
    const refusing = await service(env);
    const refused = await refusing.request('POST', '/Users', { body });
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('nickName')]);
    const dropping = await service({ ...env, FORWARD_SCIM_UNKNOWN: 'drop' });
    expect((await dropping.request('POST', '/Users', { body })).status).toBe(201);
    expect(warnings(dropping)).toEqual([expect.stringContaining('nickName')]);
  });
});
