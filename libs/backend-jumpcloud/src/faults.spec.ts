import { afterEach, describe, expect, it } from 'vitest';
import { existing, groupDraft, membersOf, tick, userDraft } from '#backend-testkit';
import type { FakeCall, Fault } from './testing/fake-jumpcloud.js';
import { createUser } from './testing/fake-users.js';
import { type TestOrganisation, testOrganisation } from './testing/organisation.js';
import { OTHERWISE, type Quirks, SEEN } from './testing/quirks.js';

let open: TestOrganisation[] = [];
afterEach(async () => {
  for (const one of open) await one.remove();
  open = [];
});

async function organisation(...args: Parameters<typeof testOrganisation>) {
  const made = await testOrganisation(...args);
  open.push(made);
  return made;
}

/** What goes wrong with the first calls that are like this. */
function first(times: number, fault: Fault, like: (call: FakeCall) => boolean = () => true) {
  let left = times;
  return (call: FakeCall) => (left > 0 && like(call) && left-- > 0 ? fault : undefined);
}

const writes = ({ method, path }: FakeCall) => method !== 'GET' && !path.includes('/search/');
const FAULTS: readonly (readonly [string, Fault])[] = [
  ['too many requests', { kind: 'status', status: 429 }],
  ['too many requests for a while', { kind: 'status', status: 429, retryAfter: 0 }],
  ['an error of the server', { kind: 'status', status: 500 }],
  ['a cut connection', { kind: 'cut' }],
  ['a lost answer', { kind: 'lost' }],
  ['half an answer', { kind: 'half' }],
  ['a page of a proxy', { kind: 'html' }],
];

describe('a fault that passes', () => {
  for (const [name, quirks] of Object.entries({ SEEN, OTHERWISE })) {
    for (const [what, fault] of FAULTS) {
      it(`R-435 (${what}) doubles and loses nothing (${name})`, async () => {
        const one = await organisation(quirks);
        const again = (like = writes) => {
          one.fake.fault = first(1, fault, like);
        };
        again();
        const user = (await one.users.put(userDraft(), { now: tick() })).stored;
        const other = (await one.users.put(userDraft(), { now: tick() })).stored;
        expect(one.fake.organisation.users.size).toBe(2);
        again();
        const draft = groupDraft([user.id]);
        const group = (await one.groups.put(draft, { now: tick() })).stored;
        expect(one.fake.organisation.groups.size).toBe(1);
        again();
        const deltas = [{ relation: 'members', add: [{ value: other.id }], remove: [user.id] }];
        const changed = await one.groups.applyDelta(group.id, deltas, { now: tick() });
        expect(changed?.changed).toBe(true);
        expect(await membersOf(one.groups, group.id)).toEqual([other.id]);
        again();
        const context = { ifVersion: user.meta.version, now: tick() };
        const replaced = await one.users.put({ ...user, title: 'x' }, context);
        again(({ method }) => method === 'GET');
        expect(await existing(one.users, user.id)).toEqual(replaced.stored);
        again();
        expect(await one.users.delete(other.id, { now: tick() })).toBeDefined();
        expect([...one.fake.organisation.users.keys()]).toEqual([user.id]);
        expect(await membersOf(one.groups, group.id)).toEqual([]);
      });
    }
  }
});

describe('a creation that is done after it was given up', () => {
  for (const [name, quirks] of Object.entries({ SEEN, OTHERWISE })) {
    it(`R-435 is what the repeat finds in its way, and no other (${name})`, async () => {
      const one = await organisation(quirks);
      const created = ({ method, path }: FakeCall) =>
        method === 'POST' && /(systemusers|usergroups)$/.test(path) && !path.includes('/search/');
      one.fake.fault = first(1, { kind: 'late' }, created);
      const user = (await one.users.put(userDraft(), { now: tick() })).stored;
      expect([...one.fake.organisation.users.keys()]).toEqual([user.id]);
      one.fake.fault = first(1, { kind: 'late' }, created);
      const group = (await one.groups.put(groupDraft([user.id]), { now: tick() })).stored;
      expect([...one.fake.organisation.groups.keys()]).toEqual([group.id]);
      expect(await membersOf(one.groups, group.id)).toEqual([user.id]);
    });
  }
});

describe('a fault that stays', () => {
  for (const [what, fault] of [...FAULTS, ['no answer', { kind: 'hang' }] as const]) {
    it(`R-435 (${what}) is told as an outage, never as nothing`, async () => {
      const one = await organisation(undefined, { timeout: 200, deadline: 2000, coolDown: 1 });
      const user = (await one.users.put(userDraft(), { now: tick() })).stored;
      const group = (await one.groups.put(groupDraft([user.id]), { now: tick() })).stored;
      one.fake.fault = () => fault;
      const ifVersion = user.meta.version;
      for (const attempt of [
        () => one.users.get(user.id),
        () => one.users.query({ start: { offset: 0 }, limit: 9 }),
        () => one.users.put(userDraft(), { now: tick() }),
        () => one.users.put({ ...user, title: 'x' }, { ifVersion, now: tick() }, user),
        () => one.users.delete(user.id, { now: tick() }),
        () => one.groups.get(group.id, { expand: ['members'] }),
        () => one.groups.put(groupDraft(), { now: tick() }),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ code: 'unavailable' });
      }
    });
  }

  it('R-435 a wait that is longer than anybody has is passed on', async () => {
    const one = await organisation();
    one.fake.fault = () => ({ kind: 'status', status: 429, retryAfter: 77 });
    await expect(one.users.get('a'.repeat(24))).rejects.toMatchObject({
      code: 'unavailable',
      details: { retryAfter: 77 },
    });
  });

  it('R-435 a key that is no longer let in is an outage as well', async () => {
    const one = await organisation();
    one.fake.fault = () => ({ kind: 'status', status: 401 });
    await expect(one.users.get('a'.repeat(24))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(testOrganisation(undefined, { key: 'wrong' })).rejects.toThrow(/JUMPCLOUD_KEY/);
    await organisation(undefined, { organisation: '0123' });
  });

  it('R-435 members that could not all be added are all taken back', async () => {
    const one = await organisation();
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) {
      ids.push((await one.users.put(userDraft(), { now: tick() })).stored.id);
    }
    const { id } = (await one.groups.put(groupDraft([ids[0] ?? '']), { now: tick() })).stored;
    const add = [...ids, 'f'.repeat(24)].map((value) => ({ value }));
    const deltas = [{ relation: 'members', add, remove: [] }];
    await expect(one.groups.applyDelta(id, deltas, { now: tick() })).rejects.toMatchObject({
      code: 'unknown-target',
      details: { ids: ['f'.repeat(24)] },
    });
    expect(await membersOf(one.groups, id)).toEqual([ids[0]]);
    await expect(one.groups.put(groupDraft(['nobody']), { now: tick() })).rejects.toThrow();
    expect(one.fake.organisation.groups.size).toBe(1);
  });
});

describe('calls', () => {
  it('R-436 are as few as do it', async () => {
    const one = await organisation();
    const take = () => one.fake.takeCalls();
    const search = 'POST /api/search/systemusers';
    const user = (
      await one.users.put(userDraft({ userName: 'Ann', externalId: 'a@sram' }), { now: tick() })
    ).stored;
    take();
    await one.users.query({ filter: eq(one, 'userName', 'ann'), start: { offset: 0 }, limit: 9 });
    expect(take()).toEqual([search]);
    await one.users.query({
      filter: eq(one, 'externalId', 'a@sram'),
      start: { offset: 0 },
      limit: 9,
    });
    expect(take()).toEqual([search]);
    await one.users.get(user.id);
    expect(take()).toEqual(['GET /api/systemusers/{id}']);
    const other = (await one.users.put(userDraft(), { now: tick() })).stored;
    expect(take()).toEqual([search, 'POST /api/systemusers']);
    const group = (await one.groups.put(groupDraft([user.id]), { now: tick() })).stored;
    expect(take()).toEqual(['POST /api/v2/usergroups', 'POST /api/v2/usergroups/{id}/members']);
    const deltas = [{ relation: 'members', add: [{ value: other.id }], remove: [] }];
    await one.groups.applyDelta(group.id, deltas, { now: tick() });
    expect(take().filter((call) => !call.startsWith('GET'))).toEqual([
      'POST /api/v2/usergroups/{id}/members',
    ]);
    const context = { ifVersion: user.meta.version, now: tick() };
    await one.users.put({ ...user, title: 'x' }, context, user);
    expect(take()).toEqual(['GET /api/systemusers/{id}', 'PUT /api/systemusers/{id}']);
  });

  for (const [name, quirks] of Object.entries({ SEEN, OTHERWISE })) {
    it(`R-436 a page of a list is one, whatever is in it (${name})`, async () => {
      const one = await organisation(quirks, {}, many(quirks, 250));
      for (const offset of [0, 100, 200]) {
        const page = await one.users.query({ start: { offset }, limit: 100 });
        expect([page.total, page.items.length]).toEqual([250, Math.min(100, 250 - offset)]);
        expect(page.next === undefined).toBe(offset === 200);
        expect(one.fake.takeCalls()).toEqual(['GET /api/systemusers']);
      }
      const seen: string[] = [];
      for (let start: Parameters<typeof one.users.query>[0]['start'] = { offset: 0 }; ; ) {
        const page = await one.users.query({ start, limit: 40 });
        seen.push(...page.items.map(({ id }) => id));
        if (page.next === undefined) break;
        start = { after: page.next };
      }
      expect(seen).toEqual([...one.fake.organisation.users.keys()]);
      expect(one.fake.takeCalls()).toHaveLength(7);
    });

    it(`R-436 a page is right though users before it are deleted (${name})`, async () => {
      const one = await organisation(quirks, {}, many(quirks, 30));
      const ids = [...one.fake.organisation.users.keys()];
      const first = await one.users.query({ start: { offset: 0 }, limit: 10 });
      for (const id of ids.slice(0, 5)) one.fake.organisation.users.delete(id);
      const after = first.next;
      if (after === undefined) throw new Error('one page only');
      const second = await one.users.query({ start: { after }, limit: 10 });
      expect(second.items.map(({ id }) => id)).toEqual(ids.slice(10, 20));
    });

    it(`R-436 a walk misses nobody though users are deleted meanwhile (${name})`, async () => {
      const one = await organisation(quirks, {}, many(quirks, 350));
      const ids = [...one.fake.organisation.users.keys()];
      let pages = 0;
      one.fake.fault = () => {
        pages += 1;
        // Before the second and the fourth page somebody goes who was met already.
        const gone = pages % 2 === 0 ? ids[pages] : undefined;
        if (gone !== undefined) one.fake.organisation.users.delete(gone);
        return undefined;
      };
      const { items } = await one.users.query({
        sort: { path: { attribute: attribute(one, 'title'), sub: undefined }, descending: false },
        start: { offset: 0 },
        limit: 1000,
      });
      const found = new Set(items.map(({ id }) => id));
      expect(ids.filter((id) => one.fake.organisation.users.has(id) && !found.has(id))).toEqual([]);
      expect(found.size).toBe(items.length);
    });
  }

  it('R-436 groups in any order, and members with gaps, are all met', async () => {
    for (const quirks of [SEEN, OTHERWISE, { ...SEEN, groupOrder: 'refused' } as const]) {
      const one = await organisation(quirks, {}, many(quirks, 230));
      const ids = [...one.fake.organisation.users.keys()];
      for (let i = 120; i > 0; i--) {
        await one.groups.put(groupDraft([], { displayName: `g${i}` }), { now: tick() });
      }
      const groups = await one.groups.query({ start: { offset: 0 }, limit: 1000 });
      expect(groups.items.map(({ id }) => id)).toEqual([...one.fake.organisation.groups.keys()]);
      const big = (await one.groups.put(groupDraft(ids), { now: tick() })).stored;
      for (const id of ids.slice(0, 110)) await one.users.delete(id, { now: tick() });
      expect(await membersOf(one.groups, big.id)).toEqual(ids.slice(110));
    }
  });
});

function many(quirks: Quirks, count: number) {
  return ({ organisation: data }: TestOrganisation['fake']) => {
    for (let i = 0; i < count; i++) {
      createUser(data, quirks, { username: `user${i}`, email: `user${i}@example.org` });
    }
  };
}

function attribute({ users }: TestOrganisation, name: string) {
  const found = users.type.all.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no attribute ${name}`);
  return found;
}

function eq(one: TestOrganisation, name: string, value: string) {
  const path = { element: false, attribute: attribute(one, name), sub: undefined };
  return { kind: 'compare', operator: 'eq', value, path } as const;
}
