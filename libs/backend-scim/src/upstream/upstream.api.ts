import { isArray, isObject, type JsonObject } from '#scim';
import { type CallAnswer, HttpClient, Outage, TokenSource } from '#upstream-http';
import type { ScimBackendOptions } from '../scim.options.js';
import { refusal } from './errors.js';

const MEDIA_TYPE = 'application/scim+json';

/** A resource as the other server sent it. */
export type UpstreamResource = JsonObject & { readonly id: string };

/** One response of a list. */
export interface UpstreamPage {
  readonly items: readonly UpstreamResource[];
  readonly total: number;
  readonly nextCursor: string | undefined;
}

/** What a request for a list says besides its endpoint. */
export type ListParameters = Readonly<Record<string, string | number | undefined>>;

/** An answer to a write. */
export interface Written {
  /** Absent where the server answered 204. */
  readonly resource: UpstreamResource | undefined;
  /** Requests that were sent for it. */
  readonly attempts: number;
}

/**
 * The requests of SCIM (RFC 7644), to one server. Throws `Refusal` where the server says no, and
 * `Outage` where it says nothing that can be relied upon.
 */
export class UpstreamApi {
  private readonly http: HttpClient;
  private readonly tokens: TokenSource | undefined;
  private readonly via: () => string | undefined;

  constructor({ url, credentials, via = () => undefined, ...options }: ScimBackendOptions) {
    const { concurrency, timeout, deadline, backoff, coolDown, observe } = options;
    const limits = {
      ...(timeout === undefined ? {} : { timeout }),
      ...(deadline === undefined ? {} : { deadline }),
      ...(backoff === undefined ? {} : { backoff }),
      ...(coolDown === undefined ? {} : { coolDown }),
      ...(observe === undefined ? {} : { observe }),
    };
    this.via = via;
    this.tokens = 'key' in credentials ? undefined : new TokenSource(credentials, limits);
    this.http = new HttpClient({
      baseUrl: url,
      ...(concurrency === undefined ? {} : { concurrency }),
      headers: {
        accept: `${MEDIA_TYPE}, application/json;q=0.9`,
        ...('key' in credentials ? { authorization: `Bearer ${credentials.key}` } : {}),
      },
      ...(this.tokens === undefined
        ? {}
        : { authorize: (fresh: boolean) => this.authorize(fresh) }),
      ...limits,
    });
  }

  async close(): Promise<void> {
    await this.http.close();
    await this.tokens?.close();
  }

  /** Undefined: the server has none. */
  async discovery(path: string): Promise<JsonObject | undefined> {
    const answer = await this.send({ method: 'GET', path, route: path });
    if (answer.status === 404 || answer.status === 501) return undefined;
    return object(checked(answer).body);
  }

  async list(
    endpoint: string,
    parameters: ListParameters,
    signal?: AbortSignal,
  ): Promise<UpstreamPage> {
    const query = queryOf(parameters);
    const path = `${endpoint}${query === '' ? '' : `?${query}`}`;
    const answer = await this.send({ method: 'GET', path, route: endpoint, signal });
    const { Resources = [], totalResults, nextCursor } = object(checked(answer).body);
    if (!isArray(Resources) || typeof totalResults !== 'number') throw unexpected();
    return {
      items: Resources.map(resource),
      total: totalResults,
      nextCursor: typeof nextCursor === 'string' && nextCursor !== '' ? nextCursor : undefined,
    };
  }

  /** Undefined: there is none. @throws TooLong beyond `maxAnswer` bytes */
  async get(
    endpoint: string,
    id: string,
    parameters: ListParameters,
    signal?: AbortSignal,
    maxAnswer?: number,
  ): Promise<UpstreamResource | undefined> {
    // None of them can be the last part of a resource's path.
    if (id === '' || id === '.' || id === '..' || id === '.search') return undefined;
    if (/\p{Cc}/u.test(id)) return undefined;
    const query = queryOf(parameters);
    const path = `${place(endpoint, id)}${query === '' ? '' : `?${query}`}`;
    const call = { method: 'GET', path, route: `${endpoint}/{id}`, signal } as const;
    const answer = await this.send(maxAnswer === undefined ? call : { ...call, maxAnswer });
    if (answer.status === 404 || answer.status === 400) return undefined;
    checked(answer);
    const other = !isObject(answer.body) || answer.body.id !== id;
    // Many servers take an encoded slash for one, and answer of another place.
    if (other && id.includes('/')) return undefined;
    if (other) throw unexpected();
    return tagged(answer);
  }

  async create(endpoint: string, body: JsonObject): Promise<UpstreamResource> {
    const call = { method: 'POST', path: endpoint, route: endpoint, body } as const;
    return tagged(checked(await this.send(call)));
  }

  replace(
    endpoint: string,
    id: string,
    body: JsonObject,
    ifMatch: string | undefined,
  ): Promise<Written> {
    return this.write('PUT', endpoint, id, body, ifMatch);
  }

  /** Operations that are the same done twice. */
  patch(
    endpoint: string,
    id: string,
    operations: readonly JsonObject[],
    ifMatch: string | undefined,
  ): Promise<Written> {
    const body = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: operations,
    };
    return this.write('PATCH', endpoint, id, body, ifMatch);
  }

  /** @returns false where there was none */
  async delete(endpoint: string, id: string, ifMatch: string | undefined): Promise<boolean> {
    const path = place(endpoint, id);
    const route = `${endpoint}/{id}`;
    const headers = condition(ifMatch);
    const answer = await this.send({ method: 'DELETE', path, route, headers });
    // Gone, but perhaps by the try whose answer was lost.
    if (answer.status === 404) return answer.attempts > 1;
    checked(answer);
    return true;
  }

  private async write(
    method: 'PUT' | 'PATCH',
    endpoint: string,
    id: string,
    body: JsonObject,
    ifMatch: string | undefined,
  ): Promise<Written> {
    const answer = await this.send({
      method,
      path: place(endpoint, id),
      route: `${endpoint}/{id}`,
      body,
      headers: condition(ifMatch),
      // With a condition the second try would fail of what the first one did.
      repeatable: ifMatch === undefined,
    });
    const { attempts } = checked(answer);
    return { resource: answer.body === undefined ? undefined : tagged(answer), attempts };
  }

  private send(call: Parameters<HttpClient['send']>[0]): Promise<CallAnswer> {
    const via = this.via();
    const headers = {
      ...call.headers,
      ...(via === undefined ? {} : { via }),
      ...(call.body === undefined ? {} : { 'content-type': MEDIA_TYPE }),
    };
    return this.http.send({ ...call, headers });
  }

  private authorize(fresh: boolean): Promise<Readonly<Record<string, string>>> {
    return this.tokens?.authorize(fresh) ?? Promise.resolve({});
  }
}

function place(endpoint: string, id: string): string {
  return `${endpoint}/${encodeURIComponent(id)}`;
}

function condition(ifMatch: string | undefined): Readonly<Record<string, string>> {
  return ifMatch === undefined ? {} : { 'if-match': ifMatch };
}

function queryOf(parameters: ListParameters): string {
  return Object.entries(parameters)
    .flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${encodeURIComponent(String(value))}`],
    )
    .join('&');
}

/** @throws Refusal, Outage for anything but 2xx */
function checked(answer: CallAnswer): CallAnswer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw refusal(answer);
}

/** The resource of an answer, with the version that the header states where `meta` has none. */
function tagged(answer: CallAnswer): UpstreamResource {
  const found = resource(answer.body);
  const meta = isObject(found.meta) ? found.meta : {};
  const version = meta.version ?? answer.header('etag');
  return version === undefined ? found : { ...found, meta: { ...meta, version } };
}

function resource(body: unknown): UpstreamResource {
  const found = object(body);
  const { id } = found;
  if (typeof id !== 'string' || id === '') throw unexpected();
  return { ...found, id };
}

function object(body: unknown): JsonObject {
  if (!isObject(body)) throw unexpected();
  return body;
}

/** An answer that is not SCIM says nothing: neither "empty" nor "not found". */
function unexpected(): Outage {
  return new Outage('It answered with something that is not SCIM.', { perhapsDone: true });
}
