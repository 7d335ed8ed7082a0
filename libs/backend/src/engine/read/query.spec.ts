import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Backend, MemoryBackend, type Query, type Stored } from '#backend';
import {
  ask,
  expandAll,
  fixtureOf,
  groupType,
  populate,
  population,
  question,
  registry,
  userDraft,
  userType,
} from '#backend-testkit';
import {
  compileFilter,
  type JsonObject,
  parseFilter,
  parseSort,
  type ResourceType,
  sortResources,
} from '#scim';
import { PartialBackend } from '../testing/partial.backend.js';

/** For machines that are busy with something else. */
const LONG = { timeout: 60_000 };

/** Everything of a store, expanded by hand. */
async function everything(backend: Backend): Promise<ReadonlyMap<ResourceType, Stored[]>> {
  const users: Stored[] = [];
  const groups: Stored[] = [];
  for await (const user of backend.store(userType).scan()) users.push(user);
  const expand = { expand: ['members'] };
  for await (const group of backend.store(groupType).scan(expand)) groups.push(group);
  const membersOf = (group: Stored) => (group.members ?? []) as readonly { value: string }[];
  const show = ({ displayName }: JsonObject) =>
    displayName === undefined ? {} : { display: displayName };
  const fullGroups = groups.map((group) => {
    const members = membersOf(group).map(({ value }) => {
      const user = users.find(({ id }) => id === value);
      const other = groups.find(({ id }) => id === value);
      if (user !== undefined) return { value, type: 'User', ...show(user) };
      return other === undefined ? { value } : { value, type: 'Group', ...show(other) };
    });
    return members.length === 0 ? group : { ...group, members };
  });
  const fullUsers = users.map((user) => {
    const holders = groups.filter((group) =>
      membersOf(group).some(({ value }) => value === user.id),
    );
    const elements = sortResources(holders, undefined).map((group) => ({
      value: group.id,
      type: 'direct',
      ...show(group),
    }));
    return elements.length === 0 ? user : { ...user, groups: elements };
  });
  return new Map([
    [userType, fullUsers],
    [groupType, fullGroups],
  ]);
}

function without(stored: Stored, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(stored).filter(([name]) => !names.includes(name)));
}

async function memory() {
  const backend = new MemoryBackend(registry.types);
  return fixtureOf(backend);
}

describe('the engine over the four operations', () => {
  it('R-107 R-150 R-155 answers as filtering, sorting and cutting a list does', LONG, async () => {
    const { backend, ...fixture } = await memory();
    const questions = fc.array(question, { minLength: 60, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(population, questions, async (resources, asked) => {
        const twins = await populate({ backend, ...fixture }, resources);
        const all = await everything(backend);
        for (const one of asked) {
          const { type, query, label } = ask(one, twins);
          const repository = type === groupType ? fixture.groups : fixture.users;
          const matches = query.filter ? compileFilter(query.filter) : () => true;
          const list = (all.get(type) ?? []).filter((stored) => matches(stored));
          const sorted = sortResources(list, query.sort);
          const { offset } = query.start;
          const hidden = query.expand?.length === 0 ? expandAll(type) : [];
          const answer = await repository.query(query);
          expect(answer.total, label).toBe(list.length);
          expect(answer.items, label).toEqual(
            sorted.slice(offset, offset + query.limit).map((stored) => without(stored, hidden)),
          );
          const more = query.limit > 0 && offset + query.limit < list.length;
          expect(answer.next !== undefined, label).toBe(more);
          if (answer.next === undefined) continue;
          const rest = { ...query, start: { after: answer.next }, limit: 1000 };
          const after = (await repository.query(rest)).items.map(({ id }) => id);
          expect(after, label).toEqual(sorted.slice(offset + query.limit).map(({ id }) => id));
        }
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });

  it('R-337 gives others a turn for every 256 resources that a scan looks at', async () => {
    const { users, createUser } = await memory();
    for (let i = 0; i < 1024; i++) await createUser();
    let [turns, isOver] = [0, false];
    const other = () => {
      turns += 1;
      if (!isOver) setImmediate(other);
    };
    setImmediate(other);
    const filter = parseFilter('userName co "nobody"', userType);
    const { total } = await users.query({ filter, start: { offset: 0 }, limit: 10 });
    isOver = true;
    expect(total).toBe(0);
    expect(turns).toBeGreaterThanOrEqual(1024 / 256);
  });

  it('computes User.groups of a page by one scan of the groups', async () => {
    const { backend, users, createUser, createGroup } = await memory();
    for (let i = 0; i < 20; i++) {
      const user = await createUser();
      await createGroup([user.id]);
    }
    const store = backend.store(groupType);
    let scans = 0;
    const scan = store.scan.bind(store);
    store.scan = (options) => {
      scans++;
      return scan(options);
    };
    const page = await users.query({ start: { offset: 0 }, limit: 20, expand: ['groups'] });
    expect(page.items.every(({ groups }) => Array.isArray(groups))).toBe(true);
    expect(scans).toBe(1);
    const filter = parseFilter('groups.display pr', userType);
    expect((await users.query({ filter, start: { offset: 0 }, limit: 1 })).total).toBe(20);
    expect(scans).toBe(2);
  });

  it('reads no relation that nobody asks for', async () => {
    const { backend, groups, createGroup } = await memory();
    await createGroup(['x']);
    const store = backend.store(groupType);
    const asked: unknown[] = [];
    const scan = store.scan.bind(store);
    store.scan = (options) => {
      asked.push(options?.expand);
      return scan(options);
    };
    const query = (text?: string): Query => ({
      start: { offset: 0 },
      limit: 5,
      ...(text === undefined ? {} : { filter: parseFilter(text, groupType) }),
    });
    await groups.query(query('displayName pr'));
    await groups.query(query('members eq "x"'));
    expect(asked).toEqual([[], ['members']]);
  });

  it('stops when the request is given up', async () => {
    const { users, createUser } = await memory();
    await createUser();
    const query = { start: { offset: 0 }, limit: 5, signal: AbortSignal.abort() };
    await expect(users.query(query)).rejects.toThrow(/abort/i);
  });
});

describe('the engine over a store that sorts and counts', () => {
  it('takes no more than the page and what comes before it', LONG, async () => {
    const backend = new PartialBackend(registry.types, {
      filter: 'exact',
      sort: true,
      page: false,
      total: true,
      deltas: false,
      expand: false,
    });
    const { users } = fixtureOf(backend);
    for (let i = 0; i < 2000; i++) {
      const now = new Date(i).toISOString();
      await backend.store(userType).put(userDraft(), { now });
    }
    const sort = parseSort('userName', 'ascending', userType);
    const query = { start: { offset: 10 }, limit: 5, ...(sort === undefined ? {} : { sort }) };
    const page = await users.query(query);
    expect(page.total).toBe(2000);
    expect(page.items).toHaveLength(5);
    expect(backend.handedOut).toBeLessThan(600);
    const before = backend.handedOut;
    expect((await users.query({ ...query, limit: 0 })).total).toBe(2000);
    expect(backend.handedOut).toBe(before);
  });
});

describe('the engine over a store that loads relations later', () => {
  it('R-342 has them loaded of what the page shows, and of nothing else', async () => {
    const backend = new PartialBackend(registry.types, {
      filter: 'none',
      sort: false,
      page: false,
      total: false,
      deltas: false,
      expand: true,
    });
    const { groups, createGroup } = fixtureOf(backend);
    for (let i = 0; i < 30; i++) await createGroup([`member-${i}`], { externalId: `e${i}` });
    const ask = (text: string, expand: readonly string[]) =>
      groups.query({
        filter: parseFilter(text, groupType),
        start: { offset: 10 },
        limit: 5,
        expand,
      });
    const page = await ask('externalId sw "e"', ['members']);
    expect(page.total).toBe(30);
    expect(page.items.map(({ members }) => members)).toEqual(
      [10, 11, 12, 13, 14].map((i) => [{ value: `member-${i}` }]),
    );
    expect(backend.loaded).toBe(5);
    const later = { start: { offset: 10 }, limit: 5, expand: ['members'], later: true };
    const { items, open } = await groups.query(later);
    expect(items.some((stored) => 'members' in stored)).toBe(false);
    expect(open).toEqual(['members']);
    expect(backend.loaded).toBe(5);
    expect(
      (await groups.expand(items.slice(0, 2), ['members'])).map(({ members }) => members),
    ).toEqual(page.items.slice(0, 2).map(({ members }) => members));
    expect(backend.loaded).toBe(7);
    const bare = await ask('members sw "member-"', []);
    expect(bare.total).toBe(30);
    expect(bare.items.some((stored) => 'members' in stored)).toBe(false);
    expect(backend.loaded).toBe(7);
  });
});
