import { beforeEach, describe, expect, it } from 'vitest';
import { BackendError, MemoryBackend, type ResourceStore, type Stored } from '#backend';
import { fixtureOf, groupType, registry, tick, userType } from '#backend-testkit';
import { retryOnConflict } from './retry.js';

let backend: MemoryBackend;
let fixture: ReturnType<typeof fixtureOf>;

beforeEach(async () => {
  backend = new MemoryBackend(registry.types);
  fixture = fixtureOf(backend);
});

/** Counts calls of one operation, and runs `before` each. */
function watch(store: ResourceStore, operation: 'get' | 'put', before = async () => {}) {
  const calls = { count: 0 };
  const real = store[operation].bind(store) as (...args: unknown[]) => Promise<never>;
  store[operation] = async (...args: unknown[]) => {
    calls.count++;
    await before();
    return real(...args);
  };
  return calls;
}

describe('put', () => {
  it('reads nothing when it is told what the draft was computed from', async () => {
    const user = await fixture.createUser();
    const reads = watch(backend.store(userType), 'get');
    const context = { ifVersion: user.meta.version, now: tick() };
    const { changed } = await fixture.users.put({ ...user, title: 'x' }, context, user);
    expect(changed).toBe(true);
    expect(reads.count).toBe(0);
  });

  it('reads the stored one when told of another version', async () => {
    const user = await fixture.createUser();
    const stale = { ...user, meta: { ...user.meta, version: 'W/"other"' } };
    const context = { ifVersion: user.meta.version, now: tick() };
    const { changed } = await fixture.users.put({ ...user }, context, stale);
    expect(changed).toBe(false);
  });

  it('R-184 the order of schemas and members is no change', async () => {
    const { groups, createGroup } = fixture;
    const group = await createGroup(['a', 'b']);
    const draft = {
      ...group,
      schemas: [...group.schemas].reverse(),
      members: [{ value: 'b', display: 'B' }, { value: 'a' }],
    };
    const writes = watch(backend.store(groupType), 'put');
    const result = await groups.put(draft, { ifVersion: group.meta.version, now: tick() });
    expect(result).toEqual({ stored: group, changed: false });
    expect(writes.count).toBe(0);
  });

  it('R-076 never stores computed attributes, nor what others are called', async () => {
    const user = await fixture.createUser({ groups: [{ value: 'forged' }] });
    const members = [{ value: user.id, type: 'User', display: 'Forged' }];
    const group = await fixture.createGroup([], { members });
    expect(await backend.store(userType).get(user.id, { expand: ['groups'] })).toEqual(user);
    expect(user).not.toHaveProperty('groups');
    const stored = await backend.store(groupType).get(group.id, { expand: ['members'] });
    expect(stored?.members).toEqual([{ value: user.id, type: 'User' }]);
  });

  it('a member that vanished does not stop later changes', async () => {
    const { groups, createGroup, createUser } = fixture;
    const group = await createGroup(['vanished']);
    const user = await createUser();
    const members = [{ value: 'vanished' }, { value: user.id }];
    const context = { ifVersion: group.meta.version, targets: 'exist' as const, now: tick() };
    await groups.put({ ...group, members }, context);
    const stored = await backend.store(groupType).get(group.id, { expand: ['members'] });
    expect(stored?.members).toEqual([{ value: 'vanished' }, { value: user.id, type: 'User' }]);
  });
});

describe('membership without a store of its own', () => {
  it('is computed again when somebody was faster', async () => {
    const { groups, createGroup } = fixture;
    const group = await createGroup(['a']);
    let rivals = 3;
    const store = backend.store(groupType);
    const rivalPut = store.put.bind(store);
    const rename = async () => {
      if (rivals-- <= 0) return;
      const current = (await groups.get(group.id)) as Stored;
      const write = { ifVersion: current.meta.version, keep: ['members'], now: tick() };
      await rivalPut({ ...current, displayName: `rival ${rivals}` }, write);
    };
    watch(store, 'put', rename);
    const deltas = [{ relation: 'members', add: [{ value: 'b' }], remove: ['a'] }];
    const result = await groups.applyDelta(group.id, deltas, { now: tick() });
    expect(result?.changed).toBe(true);
    expect(result?.stored.displayName).toBe('rival 0');
    expect((await groups.get(group.id, { expand: ['members'] }))?.members).toEqual([
      { value: 'b' },
    ]);
  });

  it('is not repeated under a precondition', async () => {
    const { groups, createGroup } = fixture;
    const group = await createGroup();
    const deltas = [{ relation: 'members', add: [{ value: 'b' }], remove: [] }];
    const stale = { ifVersion: 'W/"stale"', now: tick() };
    const reads = watch(backend.store(groupType), 'get');
    await expect(groups.applyDelta(group.id, deltas, stale)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(reads.count).toBe(1);
  });
});

describe('retryOnConflict', () => {
  it('gives up at last, and at once for other errors', async () => {
    let tries = 0;
    const failing = (code: 'conflict' | 'unavailable') => () => {
      tries++;
      return Promise.reject(new BackendError(code, 'no'));
    };
    await expect(retryOnConflict(failing('unavailable'))).rejects.toThrow(BackendError);
    expect(tries).toBe(1);
    await expect(retryOnConflict(failing('conflict'))).rejects.toMatchObject({ code: 'conflict' });
    expect(tries).toBe(61);
  });
});

describe('delete without a store that cascades', () => {
  it('takes out who joined while it ran', async () => {
    const { users, groups, createUser, createGroup } = fixture;
    const user = await createUser();
    const group = await createGroup();
    const store = backend.store(userType);
    const remove = store.delete.bind(store);
    store.delete = async (id, context) => {
      const deltas = [{ relation: 'members', add: [{ value: user.id }], remove: [] }];
      await groups.applyDelta(group.id, deltas, { now: tick() });
      return remove(id, context);
    };
    const deletion = await users.delete(user.id, { now: tick() });
    expect(deletion?.changed.map(({ stored }) => stored.id)).toEqual([group.id]);
    expect(await groups.get(group.id, { expand: ['members'] })).not.toHaveProperty('members');
  });
});
