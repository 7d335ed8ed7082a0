import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request on its way. */
export interface LineCall {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly body: string;
}

/** What becomes of a request. */
export type LineFault =
  /** This status instead of an answer; nothing is done. */
  | { readonly status: number; readonly retryAfter?: number }
  /** The connection breaks before anything is done, or after all of it was; nobody answers at all. */
  | 'cut'
  | 'lost'
  | 'half'
  | 'html'
  | 'hang'
  /** The connection breaks, and what was asked for is done when the next creation comes. */
  | 'late';

/** A server in front of another one, which counts, breaks, and changes what is answered. */
export interface HttpLine {
  readonly url: string;
  /** What goes wrong with a request; undefined: nothing. */
  fault: (call: LineCall) => LineFault | undefined;
  /** Another body in the place of that of an answer; undefined: the same. */
  change: (call: LineCall, text: string) => string | undefined;
  /** Requests since the last time, as `GET /Users`, without ids and queries. */
  takeCalls(): string[];
  close(): Promise<void>;
}

/** @param target base address of the server behind it, asked for with each request */
export async function httpLine(target: () => string): Promise<HttpLine> {
  const calls: LineCall[] = [];
  const late: (() => Promise<Response>)[] = [];
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const line: HttpLine = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: () => undefined,
    change: () => undefined,
    takeCalls: () =>
      calls.splice(0).map(({ method, url }) => {
        const [path = ''] = url.split('?');
        return `${method} ${path.replace(/^(\/[A-Za-z]+)\/[^/]+$/, '$1/{id}')}`;
      }),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const { method = 'GET', url = '/' } = request;
    const call = { method, url, body: body.toString() };
    calls.push(call);
    const fault = line.fault(call);
    if (fault === 'hang') return;
    if (fault === 'cut') return void request.socket.destroy();
    if (fault === 'late') {
      late.push(() => passOn(`${target()}${call.url}`, request, body));
      return void request.socket.destroy();
    }
    if (method === 'POST') for (const pass of late.splice(0)) await pass();
    if (fault === 'html') return void response.writeHead(200).end('<h1>Down for work</h1>');
    if (typeof fault === 'object') {
      const { status, retryAfter } = fault;
      const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
      return void response.writeHead(status, headers).end();
    }
    const answer = await passOn(`${target()}${call.url}`, request, body).catch(() => undefined);
    if (answer === undefined || fault === 'lost') return void request.socket.destroy();
    const text = await answer.text();
    const etag = answer.headers.get('etag');
    const headers = {
      'content-type': 'application/scim+json',
      ...(etag === null ? {} : { etag }),
    };
    const shown = Buffer.from(answer.status === 204 ? '' : (line.change(call, text) ?? text));
    if (fault === 'half' && shown.length > 0) {
      response.writeHead(answer.status, { ...headers, 'content-length': shown.length });
      response.write(shown.subarray(0, shown.length / 2));
      setImmediate(() => response.destroy());
    } else response.writeHead(answer.status, headers).end(shown);
  }
  return line;
}

function passOn(url: string, request: IncomingMessage, body: Buffer): Promise<Response> {
  const {
    host,
    connection,
    'content-length': _,
    'transfer-encoding': __,
    ...rest
  } = request.headers;
  return fetch(url, {
    method: request.method ?? 'GET',
    headers: rest as Record<string, string>,
    ...(body.length === 0 ? {} : { body }),
  });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
