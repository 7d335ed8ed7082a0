import { afterEach, describe, expect, it } from 'vitest';
import { type Backend, createRepositories, type Repository } from '#backend';
import { type ScimBackendOptions, ScimConnector } from '#backend-scim';
import { existing, groupDraft, membersOf, registry, tick, userDraft } from '#backend-testkit';
import { parseFilter } from '#scim';
import { type HttpLine, httpLine, type LineCall, type LineFault } from '../support/http-line.js';
import { type Service, startService, TEST_KEY } from '../support/service.js';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A server, the line to it, and what the backend makes of it. */
interface Upstream {
  readonly service: Service;
  readonly line: HttpLine;
  readonly backend: Backend;
  readonly users: Repository;
  readonly groups: Repository;
}

async function upstream(
  options: Partial<ScimBackendOptions> = {},
  prepare: (line: HttpLine) => void = () => undefined,
): Promise<Upstream> {
  const service = await startService();
  open.push(() => service.close());
  const line = await httpLine(() => service.url);
  open.push(() => line.close());
  prepare(line);
  const backend = await new ScimConnector({
    url: line.url,
    credentials: { key: TEST_KEY },
    backoff: 1,
    coolDown: 0,
    ...options,
  }).open(registry.types);
  open.push(() => backend.close());
  const repositories = createRepositories(backend, registry);
  const of = (name: string): Repository => {
    const found = repositories.get(name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };
  line.takeCalls();
  return { service, line, backend, users: of('User'), groups: of('Group') };
}

/** What is really there, seen without the line. */
async function names({ service }: Upstream, path: string): Promise<readonly string[]> {
  const { body } = await service.request('GET', path);
  const { Resources } = body as { Resources: { userName?: string; displayName?: string }[] };
  return Resources.map(({ userName, displayName }) => userName ?? displayName ?? '').sort();
}

/** What goes wrong with the first calls that are like this. */
function first(times: number, fault: LineFault, like: (call: LineCall) => boolean) {
  let left = times;
  return (call: LineCall) => (left > 0 && like(call) && left-- > 0 ? fault : undefined);
}

const writes = ({ method }: LineCall) => method !== 'GET';
const FAULTS: readonly (readonly [string, LineFault])[] = [
  ['too many requests', { status: 429 }],
  ['too many requests for a while', { status: 429, retryAfter: 0 }],
  ['an error of the server', { status: 500 }],
  ['a cut connection', 'cut'],
  ['a lost answer', 'lost'],
  ['half an answer', 'half'],
  ['a page of a proxy', 'html'],
];

/** A server without versions, and one without PATCH, as its document says. */
const WITHOUT = ['nothing', 'etag', 'patch'] as const;

function without(feature: (typeof WITHOUT)[number]) {
  return (line: HttpLine) => {
    if (feature === 'nothing') return;
    line.change = ({ url }, text) => {
      if (url !== '/ServiceProviderConfig') return undefined;
      return JSON.stringify({ ...JSON.parse(text), [feature]: { supported: false } });
    };
  };
}

describe('a fault that passes', () => {
  for (const feature of WITHOUT) {
    for (const [what, fault] of FAULTS) {
      it(`R-461 (${what}) doubles and loses nothing, of a server without ${feature}`, async () => {
        const one = await upstream({}, without(feature));
        const again = (like = writes) => {
          one.line.fault = first(1, fault, like);
        };
        again();
        const user = (await one.users.put(userDraft(), { now: tick() })).stored;
        const other = (await one.users.put(userDraft(), { now: tick() })).stored;
        expect(await names(one, '/Users')).toEqual([user.userName, other.userName].sort());
        again();
        const group = (await one.groups.put(groupDraft([user.id]), { now: tick() })).stored;
        expect(await names(one, '/Groups')).toEqual([group.displayName]);
        again();
        const deltas = [{ relation: 'members', add: [{ value: other.id }], remove: [user.id] }];
        const changed = await one.groups.applyDelta(group.id, deltas, { now: tick() });
        expect(changed?.changed).toBe(true);
        expect(changed?.stored.meta.version).not.toBe(group.meta.version);
        expect(await membersOf(one.groups, group.id)).toEqual([other.id]);
        again();
        const context = { ifVersion: user.meta.version, now: tick() };
        const replaced = await one.users.put({ ...user, title: 'x' }, context);
        expect(replaced.stored).toMatchObject({ title: 'x' });
        again(({ method }) => method === 'GET');
        expect(await existing(one.users, user.id)).toEqual(replaced.stored);
        again();
        expect(await one.users.delete(other.id, { now: tick() })).toBeDefined();
        expect(await names(one, '/Users')).toEqual([user.userName]);
        expect(await membersOf(one.groups, group.id)).toEqual([]);
      });
    }
  }
});

describe('a creation that is done after it was given up', () => {
  it('R-461 is what the repeat finds in its way, and no other', async () => {
    const one = await upstream();
    one.line.fault = first(1, 'late', ({ method }) => method === 'POST');
    const user = (await one.users.put(userDraft(), { now: tick() })).stored;
    expect(await names(one, '/Users')).toEqual([user.userName]);
    expect(await existing(one.users, user.id)).toEqual(user);
  });
});

describe('a fault that stays', () => {
  const all = [...FAULTS, ['no answer', 'hang'], ['a refused key', { status: 401 }]] as const;
  for (const [what, fault] of all) {
    it(`R-461 (${what}) is told as an outage, never as nothing, and nothing is half done`, async () => {
      const one = await upstream({ timeout: 200, deadline: 2000 });
      const user = (await one.users.put(userDraft(), { now: tick() })).stored;
      const group = (await one.groups.put(groupDraft([user.id]), { now: tick() })).stored;
      one.line.fault = () => fault;
      const ifVersion = user.meta.version;
      const deltas = [{ relation: 'members', add: [], remove: [user.id] }];
      const filter = parseFilter('userName eq "x"', one.users.type);
      for (const attempt of [
        () => one.backend.ping(AbortSignal.timeout(10_000)),
        () => one.users.get(user.id),
        () => one.users.query({ start: { offset: 0 }, limit: 9 }),
        () => one.users.query({ filter, start: { offset: 0 }, limit: 9 }),
        () => one.users.put(userDraft(), { now: tick() }),
        () => one.users.put({ ...user, title: 'x' }, { ifVersion, now: tick() }, user),
        () => one.users.delete(user.id, { now: tick() }),
        () => one.groups.get(group.id, { expand: ['members'] }),
        () => one.groups.put(groupDraft(), { now: tick() }),
        () => one.groups.applyDelta(group.id, deltas, { now: tick() }),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ code: 'unavailable' });
      }
      one.line.fault = () => undefined;
      expect(await existing(one.users, user.id)).toMatchObject({ userName: user.userName });
    });
  }

  it('R-461 a wait that is longer than anybody has is passed on', async () => {
    const one = await upstream();
    one.line.fault = () => ({ status: 429, retryAfter: 77 });
    await expect(one.users.get('nobody')).rejects.toMatchObject({
      code: 'unavailable',
      details: { retryAfter: 77 },
    });
  });
});

describe('calls', () => {
  it('R-462 are as few as do it', async () => {
    const one = await upstream();
    const take = () => one.line.takeCalls();
    const members: string[] = [];
    for (let i = 0; i < 3; i++) {
      members.push((await one.users.put(userDraft(), { now: tick() })).stored.id);
    }
    const user = await existing(one.users, members[0] ?? '');
    const group = (await one.groups.put(groupDraft(members.slice(0, 2)), { now: tick() })).stored;
    take();
    const filter = parseFilter(`userName eq "${String(user.userName)}"`, one.users.type);
    const found = await one.users.query({ filter, start: { offset: 0 }, limit: 9 });
    expect([found.items.map(({ id }) => id), take()]).toEqual([[user.id], ['GET /Users']]);
    await one.users.get(user.id);
    expect(take()).toEqual(['GET /Users/{id}']);
    await one.groups.query({ start: { offset: 0 }, limit: 100 });
    expect(take()).toEqual(['GET /Groups']);
    const deltas = [{ relation: 'members', add: [{ value: members[2] ?? '' }], remove: [] }];
    await one.groups.applyDelta(group.id, deltas, { now: tick() });
    expect(take().filter((call) => !call.startsWith('GET'))).toEqual(['PATCH /Groups/{id}']);
    const context = { ifVersion: user.meta.version, now: tick() };
    await one.users.put({ ...user, title: 'x' }, context, user);
    expect(take()).toEqual(['GET /Users/{id}', 'PUT /Users/{id}']);
    await one.users.put(userDraft(), { now: tick() });
    expect(take()).toEqual(['GET /Users', 'POST /Users']);
  });
});
