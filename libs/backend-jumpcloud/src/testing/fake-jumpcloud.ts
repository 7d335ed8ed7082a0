import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bad, type Fields, isFields, Organisation, Refusal } from './fake-data.js';
import { listFilter, searchFilter } from './fake-filter.js';
import {
  changeMember,
  createGroup,
  forgetMember,
  groupFilter,
  replaceGroup,
  shownGroup,
} from './fake-groups.js';
import { createUser, deleteUser, shownUser, updateUser } from './fake-users.js';
import { type Quirks, SEEN } from './quirks.js';

export interface FakeCall {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** What happens to a call instead of an answer. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number }
  /** The connection breaks before anything is done, or after all of it was. */
  | { readonly kind: 'cut' | 'lost' | 'hang' | 'half' | 'html' }
  /** The connection breaks, and what was asked for is done when the next creation comes. */
  | { readonly kind: 'late' };

interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const KEY = 'jumpcloud-key';

/**
 * JumpCloud's API as far as it is used here, in memory, strict: what the real one refuses, or what
 * nobody has seen it accept, is refused.
 */
export class FakeJumpCloud {
  /** Other organisations that are reached at this address, by keys of their own. */
  readonly neighbours: FakeJumpCloud[] = [];
  readonly calls: FakeCall[] = [];
  readonly organisation = new Organisation();
  /** Chooses what goes wrong with a call; undefined: nothing. */
  fault: (call: FakeCall) => Fault | undefined = () => undefined;
  private readonly late: (() => unknown)[] = [];
  private server: Server | undefined;
  private port = 0;

  private constructor(
    readonly quirks: Quirks,
    private readonly org: string | undefined,
    readonly key: string,
  ) {}

  /** @param org id that requests must name, as those of an administrator of several have to */
  static async start(quirks: Quirks = SEEN, org?: string, key = KEY): Promise<FakeJumpCloud> {
    const fake = new FakeJumpCloud(quirks, org, key);
    await fake.start();
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Listens, on the same port as before. */
  async start(): Promise<void> {
    const server = createServer((request, response) => void this.handle(request, response));
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  /** The calls since the last time, as `GET /api/systemusers`; ids are left out. */
  takeCalls(): string[] {
    return this.calls
      .splice(0)
      .map(({ method, path }) => `${method} ${path.replace(/[0-9a-f]{24}/g, '{id}')}`);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const other = this.neighbours.find(({ key }) => key === request.headers['x-api-key']);
    if (other !== undefined) return other.handle(request, response);
    const url = new URL(request.url ?? '/', 'http://fake');
    const text = await textOf(request);
    const call: FakeCall = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      body: text === '' ? undefined : parsed(text),
    };
    this.calls.push(call);
    const fault = this.fault(call);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'cut') return void request.socket.destroy();
    if (fault?.kind === 'late') {
      this.late.push(() => this.reply(request, call));
      return void request.socket.destroy();
    }
    const creates = call.method === 'POST' && /users$|groups$/.test(call.path);
    if (creates && !call.path.includes('/search/')) for (const late of this.late.splice(0)) late();
    if (fault?.kind === 'html') return void response.writeHead(200).end('<h1>Down for work</h1>');
    if (fault?.kind === 'status') return void this.fail(response, fault);
    const reply = this.reply(request, call);
    if (fault?.kind === 'lost') return void request.socket.destroy();
    const body = reply.body === undefined ? '' : JSON.stringify(reply.body);
    response.writeHead(reply.status, {
      'content-type': 'application/json; charset=utf-8',
      ...(reply.status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }),
      ...reply.headers,
    });
    if (fault?.kind === 'half') {
      response.write(body.slice(0, body.length / 2));
      setImmediate(() => response.destroy());
    } else response.end(body);
  }

  private fail(response: ServerResponse, fault: Fault & { kind: 'status' }): void {
    const stated = fault.retryAfter !== undefined && this.quirks.retryAfter;
    const headers = stated ? { 'retry-after': String(fault.retryAfter) } : {};
    response.writeHead(fault.status, headers).end(fault.status === 429 ? 'Too Many Requests' : '');
  }

  private reply(request: IncomingMessage, call: FakeCall): Reply {
    try {
      if (request.headers['x-api-key'] !== this.key) throw new Refusal(401, 'Unauthorized');
      if (this.org !== undefined && request.headers['x-org-id'] !== this.org) {
        throw new Refusal(401, 'Unauthorized');
      }
      const writes = call.method === 'POST' || call.method === 'PUT';
      if (writes && !/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
        throw new Refusal(415, 'Unsupported Media Type');
      }
      return this.route(call);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, message } = error;
      const short = this.quirks.errors === 'short';
      return { status, body: short ? { message } : { code: status, message, status: 'Error' } };
    }
  }

  private route(call: FakeCall): Reply {
    const [, area, id, sub, subId, ...more] =
      /^\/api(?:\/v2)?\/([a-z]+)(?:\/([^/]+))?(?:\/([a-z]+))?(?:\/([^/]+))?$/.exec(call.path) ?? [];
    const v2 = call.path.startsWith('/api/v2/');
    if (more.length === 0) {
      if (!v2 && area === 'search' && id === 'systemusers') return this.search(call);
      if (!v2 && area === 'systemusers' && sub === 'sshkeys') return this.keys(call, id, subId);
      if (!v2 && area === 'systemusers' && sub === undefined) return this.users(call, id);
      if (v2 && area === 'usergroups' && sub === 'members') return this.members(call, id);
      if (v2 && area === 'usergroups' && sub === undefined) return this.groups(call, id);
      if (v2 && area === 'users' && sub === 'memberof') return this.memberOf(call, id);
    }
    throw new Refusal(404, 'Not Found');
  }

  private users({ method, query, body }: FakeCall, id: string | undefined): Reply {
    const { organisation, quirks } = this;
    const shown = (user: Parameters<typeof shownUser>[2]) => shownUser(organisation, quirks, user);
    if (id === undefined) {
      if (method === 'POST') {
        return { status: 200, body: shown(createUser(organisation, quirks, fields(body))) };
      }
      if (method !== 'GET') throw new Refusal(405, 'Method Not Allowed');
      const filter = query.get('filter');
      const test = filter === null ? () => true : listFilter(filter);
      return this.userPage(query.get('sort'), query.get('limit'), query.get('skip'), test, 100);
    }
    const user = organisation.users.get(id);
    if (user === undefined) {
      if (method !== 'GET') throw new Refusal(quirks.unknownTarget, 'Not Found');
      if (quirks.unknownUser === 'empty') return { status: 200 };
      throw new Refusal(quirks.unknownUser, 'Not Found');
    }
    if (method === 'GET') return { status: 200, body: shown(user) };
    if (method === 'PUT') {
      return { status: 200, body: shown(updateUser(organisation, quirks, user, fields(body))) };
    }
    if (method !== 'DELETE') throw new Refusal(405, 'Method Not Allowed');
    deleteUser(organisation, user, query.get('cascade_manager'));
    forgetMember(organisation, quirks, id);
    return { status: 200, body: shown(user) };
  }

  private search({ method, body }: FakeCall): Reply {
    if (method !== 'POST') throw new Refusal(405, 'Method Not Allowed');
    const { filter, sort, limit = 10, skip = 0 } = fields(body);
    const test = searchFilter(filter);
    return this.userPage(sort, limit, skip, test, this.quirks.searchLimit);
  }

  private userPage(
    sort: unknown,
    limit: unknown,
    skip: unknown,
    test: (user: Fields) => boolean,
    most: number,
  ): Reply {
    if (sort !== '_id') throw bad('the fake wants sort=_id, without which pages repeat and miss');
    const { from, count } = page(limit, skip, most);
    const { organisation, quirks } = this;
    // Ids grow, and a map keeps the order of insertion.
    const found = [...organisation.users.values()].filter(test);
    const results = found
      .slice(from, from + count)
      .map((user) => shownUser(organisation, quirks, user));
    return { status: 200, body: { totalCount: found.length, results } };
  }

  private keys({ method, body }: FakeCall, id = '', keyId?: string): Reply {
    const keys = this.organisation.keys.get(id);
    if (keys === undefined) throw new Refusal(this.quirks.unknownTarget, 'Not Found');
    if (method === 'GET' && keyId === undefined) return { status: 200, body: keys };
    if (method === 'POST' && keyId === undefined) {
      const { name, public_key: text } = fields(body);
      if (typeof name !== 'string' || name === '') throw bad('name is required');
      if (typeof text !== 'string' || !/^(?:ssh|ecdsa|sk)-\S+ \S+/.test(text)) {
        throw bad('public_key is not a public key');
      }
      const create_date = new Date().toISOString();
      const key = { _id: this.organisation.newId(), name, public_key: text, create_date };
      keys.push(key);
      return { status: 200, body: key };
    }
    const at = keys.findIndex(({ _id }) => _id === keyId);
    if (method !== 'DELETE' || at < 0) throw new Refusal(404, 'Not Found');
    keys.splice(at, 1);
    return { status: 200, body: 'OK' };
  }

  private groups({ method, query, body }: FakeCall, id: string | undefined): Reply {
    const { organisation, quirks } = this;
    if (id === undefined) {
      if (method === 'POST') {
        const group = createGroup(organisation, quirks, fields(body));
        return { status: 201, body: shownGroup(quirks, group) };
      }
      const { from, count } = page(query.get('limit'), query.get('skip'), 100);
      const sort = query.get('sort');
      if (sort !== 'name' && sort !== '_id') throw bad('Bad Request: sort');
      if (sort === '_id' && quirks.groupOrder === 'refused') throw bad('Bad Request: sort');
      const found = [...organisation.groups.values()].filter(groupFilter(query.get('filter')));
      const byName = sort === 'name' || quirks.groupOrder === 'ignored';
      if (byName) found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
      const shown = found.slice(from, from + count).map((group) => shownGroup(quirks, group));
      return { status: 200, body: shown, headers: { 'x-total-count': String(found.length) } };
    }
    const group = organisation.groups.get(id);
    if (group === undefined) throw new Refusal(404, 'Not Found');
    if (method === 'GET') return { status: 200, body: shownGroup(quirks, group) };
    if (method === 'PUT') {
      const replaced = replaceGroup(organisation, quirks, group, fields(body));
      return { status: 200, body: shownGroup(quirks, replaced) };
    }
    if (method !== 'DELETE') throw new Refusal(405, 'Method Not Allowed');
    organisation.groups.delete(id);
    organisation.members.delete(id);
    const gone = shownGroup(quirks, group);
    return quirks.groupDelete === 204 ? { status: 204 } : { status: 200, body: gone };
  }

  private members({ method, query, body }: FakeCall, id = ''): Reply {
    const { organisation, quirks } = this;
    const group = organisation.groups.get(id);
    if (group === undefined) throw new Refusal(404, 'Not Found');
    if (method === 'POST') {
      changeMember(organisation, quirks, group, fields(body));
      return { status: 204 };
    }
    const list = organisation.members.get(id) ?? [];
    const { from, count } = page(query.get('limit'), query.get('skip'), 100);
    const shown = list
      .slice(from, from + count)
      .filter((member) => member !== undefined)
      .map((member) => ({
        attributes: null,
        to: { attributes: null, id: member, type: 'user' },
      }));
    return { status: 200, body: shown, headers: { 'x-total-count': String(list.length) } };
  }

  private memberOf({ query }: FakeCall, id = ''): Reply {
    const { users, members } = this.organisation;
    if (!users.has(id)) throw new Refusal(this.quirks.unknownTarget, 'Not Found');
    const { from, count } = page(query.get('limit'), query.get('skip'), 100);
    const found = [...members].filter(([, list]) => list.includes(id)).map(([group]) => group);
    const shown = found
      .slice(from, from + count)
      .map((group) => ({ id: group, type: 'user_group', compiledAttributes: {}, paths: [] }));
    return { status: 200, body: shown, headers: { 'x-total-count': String(found.length) } };
  }
}

function page(limit: unknown, skip: unknown, most: number) {
  const count = Number(limit ?? 10);
  const from = Number(skip ?? 0);
  if (count > most) {
    throw bad(`Bad Request: request parameter "limit" exceeds maximum value of ${most}`);
  }
  if (!Number.isInteger(count) || count < 1) throw bad('Bad Request: limit');
  if (!Number.isInteger(from) || from < 0) throw bad('Bad Request: skip');
  return { from, count };
}

function fields(body: unknown): Fields {
  if (!isFields(body)) throw bad('Bad Request: the body must be an object');
  return body;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
