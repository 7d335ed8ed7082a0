import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpClient, type HttpOptions, type ObservedCall, Outage, TokenSource } from './index.js';
import { retryAfter } from './retry-after.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A server that treats one request after the other as it is told, the last way for all others. */
async function server(...handlers: Handler[]) {
  const requests: IncomingMessage[] = [];
  const http = createServer((request, response) => {
    const handle = handlers[Math.min(requests.length, handlers.length - 1)];
    requests.push(request);
    request.resume().on('end', () => handle?.(request, response));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  open.push(async () => {
    http.closeAllConnections();
    http.close();
  });
  return { requests, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` };
}

function client(url: string, options: Partial<HttpOptions> = {}): HttpClient {
  const made = new HttpClient({ baseUrl: `${url}/base`, backoff: 1, ...options });
  open.push(() => made.close());
  return made;
}

const answers =
  (status: number, body: unknown = {}, headers: Record<string, string> = {}): Handler =>
  (_, response) => {
    response.writeHead(status, headers);
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
const cuts: Handler = (request) => request.socket.destroy();
const never: Handler = () => undefined;
const get = { method: 'GET', path: '/x?a=1', route: '/x' } as const;
const post = { method: 'POST', path: '/x', route: '/x', body: { a: 1 } } as const;

async function failure(promise: Promise<unknown>): Promise<Outage> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (!(error instanceof Outage)) throw new Error(`not an outage: ${String(error)}`);
  return error;
}

describe('HttpClient', () => {
  it('R-420 returns what the other side says, refusals included', async () => {
    const { url, requests } = await server(answers(404, { message: 'no' }));
    const answer = await client(url, { headers: { 'x-org': '7' } }).send(get);
    expect([answer.status, answer.body]).toEqual([404, { message: 'no' }]);
    expect([requests[0]?.url, requests[0]?.headers['x-org']]).toEqual(['/base/x?a=1', '7']);
  });

  it('R-421 repeats a read that failed', async () => {
    const { url, requests } = await server(answers(500), cuts, answers(503, 'html'), answers(200));
    expect((await client(url).send(get)).status).toBe(200);
    expect(requests).toHaveLength(4);
  });

  it('R-421 never repeats a write that may have been done', async () => {
    for (const handler of [cuts, answers(500), answers(502, '<html>'), answers(201, '{"half')]) {
      const { url, requests } = await server(handler);
      const error = await failure(client(url).send(post));
      expect(error.details.perhapsDone).toBe(true);
      expect(requests).toHaveLength(1);
    }
  });

  it('R-421 repeats a write that was not done: too many requests', async () => {
    const { url, requests } = await server(
      answers(429),
      answers(429, {}, { 'retry-after': '0' }),
      answers(201),
    );
    expect((await client(url).send(post)).status).toBe(201);
    expect(requests).toHaveLength(3);
  });

  it('R-421 a connection that never stood did nothing', async () => {
    const error = await failure(client('http://127.0.0.1:1').send(post));
    expect(error.details.perhapsDone).toBe(false);
  });

  it('R-421 honours Retry-After, and gives up at once when it is too long', async () => {
    const { url, requests } = await server(answers(429, {}, { 'retry-after': '90' }), answers(200));
    const http = client(url);
    expect((await failure(http.send(get))).details.retryAfter).toBe(90);
    // Others do not ask either, until the time is over.
    expect((await failure(http.send(get))).details.retryAfter).toBe(90);
    expect(requests).toHaveLength(1);
    expect(retryAfter('Thu, 01 Jan 1970 00:00:09 GMT', 4000)).toBe(5);
    expect([retryAfter('soon'), retryAfter(undefined)]).toEqual([undefined, undefined]);
  });

  it('R-422 an unfinished or foreign body is no answer', async () => {
    const half: Handler = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"Resources": [');
      setImmediate(() => response.destroy());
    };
    for (const handler of [half, answers(404, '<h1>proxy</h1>'), answers(200, '{"a"')]) {
      const { url } = await server(handler);
      await failure(client(url, { attempts: 2 }).send(get));
    }
    const { url } = await server(answers(200, 'x'.repeat(2000)));
    const long = client(url, { maxAnswer: 1000, attempts: 1 });
    expect((await failure(long.send(get))).message).toContain('1000 bytes');
  });

  it('R-422 gives up a request that is not answered in time', async () => {
    const { url } = await server(never);
    const error = await failure(client(url, { timeout: 30, attempts: 1 }).send(get));
    expect(error.details.perhapsDone).toBe(true);
  });

  it("R-423 the caller's signal ends the request", async () => {
    const stop = new AbortController();
    const { url, requests } = await server(() => stop.abort(new Error('client gone')));
    const sent = client(url).send({ ...get, signal: stop.signal });
    await expect(sent).rejects.toThrow('client gone');
    expect(requests).toHaveLength(1);
    await expect(client(url).send({ ...get, signal: stop.signal })).rejects.toThrow('client gone');
  });

  it('R-424 asks a side that is down no more, until it had time to recover', async () => {
    const { url, requests } = await server(answers(500));
    const http = client(url, { failures: 3, attempts: 1, coolDown: 3_600_000 });
    for (let i = 0; i < 5; i++) await failure(http.send(get));
    expect(requests).toHaveLength(3);
    const error = await failure(http.send(get));
    expect([error.details.perhapsDone, error.details.retryAfter]).toEqual([false, 3600]);
  });

  it('R-424 has a limit of requests under way, and of those that wait', async () => {
    const held: ServerResponse[] = [];
    let most = 0;
    const { url } = await server((_, response) => {
      held.push(response);
      most = Math.max(most, held.length);
      // Nobody is answered before three are there.
      if (held.length === 3) for (const one of held.splice(0)) one.end('{}');
    });
    const http = client(url, { concurrency: 3, queue: 6, attempts: 1 });
    const sent = await Promise.allSettled(Array.from({ length: 12 }, () => http.send(get)));
    expect(sent.filter(({ status }) => status === 'rejected')).toHaveLength(3);
    expect(most).toBe(3);
  });

  it('R-425 tells of each call, without query, ids or secrets', async () => {
    const { url } = await server(answers(500), answers(200));
    const seen: ObservedCall[] = [];
    const authorize = async () => ({ 'x-api-key': 'hidden' });
    await client(url, { authorize, observe: (call) => seen.push(call) }).send(get);
    expect(seen).toMatchObject([{ method: 'GET', route: '/x', status: 200, attempts: 2 }]);
    expect(JSON.stringify(seen)).not.toMatch(/hidden|a=1/);
  });
});

describe('TokenSource', () => {
  it('R-426 gets a token once, and another one when it is refused', async () => {
    let tokens = 0;
    const { url, requests } = await server((request, response) => {
      if (request.url === '/token?x=1') {
        tokens++;
        response.end(JSON.stringify({ access_token: `t${tokens}`, expires_in: 3600 }));
        return;
      }
      response.writeHead(request.headers.authorization === 'Bearer t1' ? 200 : 401).end('{}');
      if (requests.length > 4) response.end();
    });
    const credentials = { tokenUrl: `${url}/token?x=1`, clientId: 'a b', clientSecret: 'ü:' };
    const source = new TokenSource(credentials);
    open.push(() => source.close());
    const http = client(url, { authorize: (fresh) => source.authorize(fresh) });
    await Promise.all([http.send(get), http.send(get)]);
    expect(tokens).toBe(1);
    const basic = requests[0]?.headers.authorization?.replace('Basic ', '') ?? '';
    expect(Buffer.from(basic, 'base64').toString()).toBe('a+b:%C3%BC%3A');
    expect(await source.authorize(true)).toEqual({ authorization: 'Bearer t2' });
    // One more token, then the refusal is the answer.
    expect((await http.send(get)).status).toBe(401);
    expect(tokens).toBe(3);
  });
});
