import { isObject, type Json, type JsonObject } from '#scim';
import { type Answer, type Call, HttpClient, Outage } from '#upstream-http';
import type { JumpCloudOptions } from '../jumpcloud.options.js';
import { isRefusal, Refusal } from './errors.js';
import {
  count,
  list,
  type NativeGroup,
  type NativeKey,
  type NativeUser,
  nativeGroup,
  nativeKey,
  nativeUser,
  object,
  type Page,
  unexpected,
} from './native.js';

/** Most records of a page, anywhere in the API. */
export const PAGE = 100;

/** Conditions of a search for users, any of which must hold. */
export type Conditions = readonly JsonObject[];

const USERS = '/api/systemusers';
const GROUPS = '/api/v2/usergroups';

/**
 * The calls of JumpCloud's API that are needed here, as few as do it.
 * Throws `Refusal` where JumpCloud says no, and `Outage` where it says nothing that can be relied upon.
 */
export class JumpCloudApi {
  private readonly http: HttpClient;

  constructor({ url, key, organisation, observe, ...options }: JumpCloudOptions) {
    const { concurrency = 8, timeout, deadline, backoff, coolDown } = options;
    this.http = new HttpClient({
      baseUrl: url.replace(/\/+$/, '').replace(/\/api(?:\/v2)?$/, ''),
      concurrency,
      headers: {
        accept: 'application/json',
        'x-api-key': key,
        ...(organisation === undefined ? {} : { 'x-org-id': organisation }),
      },
      ...(timeout === undefined ? {} : { timeout }),
      ...(deadline === undefined ? {} : { deadline }),
      ...(backoff === undefined ? {} : { backoff }),
      ...(coolDown === undefined ? {} : { coolDown }),
      ...(observe === undefined ? {} : { observe }),
    });
  }

  close(): Promise<void> {
    return this.http.close();
  }

  /** Users in the order of their ids; without the sort, pages repeat and miss. */
  async users(skip: number, limit: number, signal?: AbortSignal): Promise<Page<NativeUser>> {
    const path = `${USERS}?limit=${limit}&skip=${skip}&sort=_id`;
    const { body } = await this.send({ method: 'GET', path, route: USERS, signal });
    return userPage(body);
  }

  /** Users that meet any of the conditions, at most a page of them. */
  async search(any: Conditions, signal?: AbortSignal, limit = PAGE): Promise<Page<NativeUser>> {
    const { body } = await this.send({
      method: 'POST',
      path: '/api/search/systemusers',
      route: '/api/search/systemusers',
      body: { filter: { or: any }, limit, skip: 0, sort: '_id' },
      // The search must know what was written a moment ago.
      headers: { 'x-eventually-consistent': 'false' },
      repeatable: true,
      signal,
    });
    return userPage(body);
  }

  /** Undefined: there is none, which JumpCloud says by 404, by 400, or by 200 without a body. */
  async user(id: string, signal?: AbortSignal): Promise<NativeUser | undefined> {
    const body = await this.orNothing({ path: `${USERS}/${id}`, route: `${USERS}/{id}`, signal });
    return body === undefined ? undefined : nativeUser(body);
  }

  async createUser(fields: JsonObject, signal?: AbortSignal): Promise<NativeUser> {
    const call = { method: 'POST', path: USERS, route: USERS, body: fields, signal } as const;
    return nativeUser((await this.send(call)).body);
  }

  /** Changes those fields only. */
  async updateUser(id: string, fields: JsonObject): Promise<NativeUser> {
    const path = `${USERS}/${id}`;
    const call = { method: 'PUT', path, route: `${USERS}/{id}`, body: fields } as const;
    return nativeUser((await this.send(call)).body);
  }

  /** Deletes a user, who is nobody's manager any more. @returns false when there was none */
  deleteUser(id: string): Promise<boolean> {
    return this.delete(`${USERS}/${id}?cascade_manager=null`, `${USERS}/{id}`);
  }

  async keys(id: string): Promise<readonly NativeKey[]> {
    const path = `${USERS}/${id}/sshkeys`;
    const { body } = await this.send({ method: 'GET', path, route: `${USERS}/{id}/sshkeys` });
    return list(body, 'list of SSH keys').map(nativeKey);
  }

  async addKey(id: string, name: string, text: string): Promise<void> {
    await this.send({
      method: 'POST',
      path: `${USERS}/${id}/sshkeys`,
      route: `${USERS}/{id}/sshkeys`,
      body: { name, public_key: text },
    });
  }

  async removeKey(id: string, key: string): Promise<void> {
    await this.delete(`${USERS}/${id}/sshkeys/${key}`, `${USERS}/{id}/sshkeys/{id}`);
  }

  async groups(
    sort: '_id' | 'name',
    skip: number,
    limit: number,
    signal?: AbortSignal,
  ): Promise<Page<NativeGroup>> {
    const path = `${GROUPS}?limit=${limit}&skip=${skip}&sort=${sort}`;
    return this.page({ path, route: GROUPS, signal }, nativeGroup);
  }

  /** The group of exactly this name; only for names that the filter's grammar can hold. */
  async groupNamed(name: string): Promise<NativeGroup | undefined> {
    const filter = encodeURIComponent(`name:eq:${name}`);
    const path = `${GROUPS}?limit=${PAGE}&skip=0&sort=name&filter=${filter}`;
    const { items } = await this.page({ path, route: GROUPS }, nativeGroup);
    return items.find((group) => group.name === name);
  }

  async group(id: string, signal?: AbortSignal): Promise<NativeGroup | undefined> {
    const body = await this.orNothing({
      path: `${GROUPS}/${id}`,
      route: `${GROUPS}/{id}`,
      signal,
    });
    return body === undefined ? undefined : nativeGroup(body);
  }

  async createGroup(fields: JsonObject, signal?: AbortSignal): Promise<NativeGroup> {
    const call = { method: 'POST', path: GROUPS, route: GROUPS, body: fields, signal } as const;
    return nativeGroup((await this.send(call)).body);
  }

  /** Replaces all fields: what is left out is emptied. */
  async replaceGroup(id: string, fields: JsonObject): Promise<NativeGroup> {
    const path = `${GROUPS}/${id}`;
    const call = { method: 'PUT', path, route: `${GROUPS}/{id}`, body: fields } as const;
    return nativeGroup((await this.send(call)).body);
  }

  /** @returns false when there was none */
  deleteGroup(id: string): Promise<boolean> {
    return this.delete(`${GROUPS}/${id}`, `${GROUPS}/{id}`);
  }

  /** Ids of a page's members. There may be fewer than the page is long, and more after it. */
  members(group: string, skip: number, limit: number, signal?: AbortSignal): Promise<Page<string>> {
    const path = `${GROUPS}/${group}/members?limit=${limit}&skip=${skip}`;
    return this.page({ path, route: `${GROUPS}/{id}/members`, signal }, (item) => {
      const to = isObject(item) ? item.to : undefined;
      if (!isObject(to) || typeof to.id !== 'string') throw unexpected('member');
      return to.type === 'user' ? to.id : undefined;
    });
  }

  /**
   * Adds or removes a member.
   * @returns whether anything changed by this or, where an answer was lost, perhaps by this
   */
  async changeMember(group: string, op: 'add' | 'remove', user: string): Promise<boolean> {
    try {
      const { attempts } = await this.send({
        method: 'POST',
        path: `${GROUPS}/${group}/members`,
        route: `${GROUPS}/{id}/members`,
        body: { op, type: 'user', id: user },
        repeatable: true,
        // Not a failure: it was so already. After a repeat the first one may have made it so.
        settled: op === 'add' ? 409 : 404,
      });
      return attempts.done || attempts.count > 1;
    } catch (error) {
      if (op === 'add' && isRefusal(error) && /already exists/i.test(error.message)) return false;
      throw error;
    }
  }

  /** Ids of the groups that a user is in; none of a user who does not exist. */
  async memberOf(user: string, signal?: AbortSignal): Promise<readonly string[]> {
    const found: string[] = [];
    const route = '/api/v2/users/{id}/memberof';
    try {
      for (let skip = 0; ; skip += PAGE) {
        const path = `/api/v2/users/${user}/memberof?limit=${PAGE}&skip=${skip}`;
        const { items, total } = await this.page({ path, route, signal }, (item) => {
          const { id, type } = object(item, 'membership');
          return typeof id === 'string' && type === 'user_group' ? id : undefined;
        });
        found.push(...items);
        if (skip + PAGE >= total) return [...new Set(found)];
      }
    } catch (error) {
      if (isRefusal(error, 400, 404)) return [];
      throw error;
    }
  }

  /** A page whose total is in a header, or which is the whole where none is stated and it is short. */
  private async page<T>(
    call: Pick<Call, 'path' | 'route' | 'signal'>,
    read: (item: Json) => T | undefined,
  ): Promise<Page<T>> {
    const { body, header } = await this.send({ ...call, method: 'GET' });
    const found = list(body, 'list');
    const items = found.flatMap((item) => {
      // Records of what was deleted are left behind as null.
      const value = item === null ? undefined : read(item);
      return value === undefined ? [] : [value];
    });
    return { items, total: count(header('x-total-count') ?? undefined, 'list with its total') };
  }

  private async orNothing(call: Pick<Call, 'path' | 'route' | 'signal'>): Promise<unknown> {
    try {
      return (await this.send({ ...call, method: 'GET' })).body;
    } catch (error) {
      if (isRefusal(error, 400, 404)) return undefined;
      throw error;
    }
  }

  private async delete(path: string, route: string): Promise<boolean> {
    const { attempts } = await this.send({ method: 'DELETE', path, route, settled: [404, 400] });
    // Gone, but perhaps by the try whose answer was lost.
    return attempts.done || attempts.count > 1;
  }

  private async send({ settled, ...call }: Call & { settled?: number | readonly number[] }) {
    const answer = await this.http.send(call);
    const { status } = answer;
    if (status === 200 || status === 201 || status === 204) {
      return { ...answer, attempts: { count: answer.attempts, done: true } };
    }
    if ([settled ?? []].flat().includes(status)) {
      return { ...answer, attempts: { count: answer.attempts, done: false } };
    }
    throw refusal(answer);
  }
}

function userPage(body: unknown): Page<NativeUser> {
  const { results, totalCount } = object(body, 'list of users');
  const items = list(results, 'list of users').filter((item) => item !== null);
  return { items: items.map(nativeUser), total: count(totalCount, 'list of users') };
}

function refusal({ status, body }: Answer): Error {
  const text = isObject(body) && typeof body.message === 'string' ? body.message : '';
  switch (status) {
    case 400:
    case 404:
    case 409:
      return new Refusal(status, text);
    case 401:
    case 403:
      return new Outage('It does not let this key in.', { perhapsDone: false });
    default:
      return new Outage(`It answered with status ${status}.`, { perhapsDone: true });
  }
}
