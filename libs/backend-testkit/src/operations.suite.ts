import { expect } from 'vitest';
import { all, existing, rejection, timesOf, valuesOf } from './expect.js';
import { changed, concern, draftOf, groupDraft, tick, userDraft, userType } from './fixture.js';
import { assignedIds, dangling, givenIds } from './needs.js';
import type { ConformanceOptions } from './options.js';

const ENTITY_TAG = /^(W\/)?"[\x21\x23-\x7e]*"$/;
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** A user with a value of every kind of attribute. */
const FULL = {
  schemas: [userType.schema.id, ENTERPRISE],
  externalId: 'full@example.org',
  name: { givenName: 'Ada', familyName: 'Lovelace' },
  displayName: 'Ada Lovelace',
  nickName: '',
  active: false,
  emails: [
    { value: 'ada@example.org', type: 'work', primary: true },
    { value: 'ADA@example.net', type: 'home' },
  ],
  x509Certificates: [{ value: 'AAECAw==' }],
  [ENTERPRISE]: { employeeNumber: '0042' },
};

export function operations(options: ConformanceOptions): void {
  concern('operations', options, (test) => {
    test('answers a ping', async ({ backend }) => {
      await backend.ping(AbortSignal.timeout(10_000));
    });

    test('R-065 R-069 creates under an id of its own, with a version', async (fixture) => {
      const { backend, userStore, createUser } = fixture;
      const manager = { value: (await createUser()).id };
      const draft = userDraft({ ...FULL, [ENTERPRISE]: { ...FULL[ENTERPRISE], manager } });
      const stored = await userStore.put(draft, { now: tick() });
      expect(stored.id).toMatch(/./);
      expect(stored.id).not.toContain('bulkId');
      expect(stored.meta.version).toMatch(ENTITY_TAG);
      const { version, ...meta } = stored.meta;
      const times = backend.supports.times === 'given' ? {} : timesOf(stored);
      const expected = { ...draft, id: undefined, meta: { ...draft.meta, ...times } };
      expect({ ...stored, id: undefined, meta }).toEqual(expected);
      expect(await userStore.get(stored.id)).toEqual(stored);
    });

    test('R-302 refuses an id where the store gives them', [assignedIds], async ({ userStore }) => {
      const draft = { ...userDraft(), id: '5f3c9e1a-given' };
      await rejection(userStore.put(draft, { now: tick() }), 'invalid-id');
      expect(await userStore.get(draft.id)).toBeUndefined();
    });

    test('creates under the id that the draft gives', [givenIds], async ({ userStore }) => {
      const id = '5f3c9e1a-given';
      const stored = await userStore.put({ ...userDraft(), id }, { now: tick() });
      expect(stored.id).toBe(id);
      expect((await userStore.get(id))?.userName).toBe(stored.userName);
      await rejection(userStore.put({ ...userDraft(), id }, { now: tick() }), 'exists');
      expect((await userStore.get(id))?.userName).toBe(stored.userName);
    });

    test('replaces as a whole, under a new version', async ({ backend, createUser, userStore }) => {
      const before = await createUser({ nickName: 'old', title: 'Dr', emails: [{ value: 'a@b' }] });
      const { title, emails, ...rest } = before;
      const draft = changed({ ...rest, meta: before.meta } as typeof before, { nickName: 'new' });
      const after = await userStore.put(draft, { ifVersion: before.meta.version, now: tick() });
      expect(after.nickName).toBe('new');
      expect(after).not.toHaveProperty('title');
      expect(after).not.toHaveProperty('emails');
      expect(after.meta.version).not.toBe(before.meta.version);
      expect(after.meta.created).toBe(before.meta.created);
      if (backend.supports.times === 'given') {
        expect(after.meta.lastModified).toBe(draft.meta.lastModified);
      }
      expect(await userStore.get(before.id)).toEqual(after);
    });

    test('R-184 a replace that changes nothing keeps version and time', async ({
      users,
      createUser,
    }) => {
      const before = await createUser({ emails: [{ value: 'same@example.org' }] });
      const context = { ifVersion: before.meta.version, now: tick() };
      const { stored, changed: written } = await users.put(changed(before, {}), context);
      expect(written).toBe(false);
      expect(stored).toEqual(before);
      expect(await users.get(before.id)).toEqual(before);
    });

    test('does not replace what is gone', async ({ users, userStore, createUser }) => {
      const user = await createUser();
      await users.delete(user.id, { now: tick() });
      const context = { ifVersion: user.meta.version, now: tick() };
      await rejection(userStore.put(changed(user, { title: 'x' }), context), 'not-found');
      expect(await userStore.get(user.id)).toBeUndefined();
    });

    test('deletes once', async ({ users, userStore, createUser }) => {
      const user = await createUser();
      const deletion = await userStore.delete(user.id, { now: tick() });
      expect(deletion?.deleted).toEqual(user);
      expect(await userStore.get(user.id)).toBeUndefined();
      expect(await userStore.delete(user.id, { now: tick() })).toBeUndefined();
      expect(await users.delete(user.id, { now: tick() })).toBeUndefined();
      expect((await all(userStore.scan())).map(({ id }) => id)).not.toContain(user.id);
    });

    test('scans every resource of its type, and no other', async (fixture) => {
      const { userStore, groupStore, createUser, createGroup } = fixture;
      const user = await createUser();
      const group = await createGroup([user.id]);
      const users = (await all(userStore.scan())).map(({ id }) => id);
      const groups = (await all(groupStore.scan())).map(({ id }) => id);
      expect(users.filter((id) => id === user.id)).toHaveLength(1);
      expect(groups.filter((id) => id === group.id)).toHaveLength(1);
      expect(users).not.toContain(group.id);
      expect(await groupStore.get(user.id)).toBeUndefined();
      expect(new Set(users).size).toBe(users.length);
    });

    test('loads relations and computed attributes only when asked', async (fixture) => {
      const { users, groups, userStore, groupStore, createUser, createGroup } = fixture;
      const user = await createUser({ displayName: 'A member' });
      const created = await createGroup([user.id], { displayName: 'Some group' });
      expect(created).not.toHaveProperty('members');
      expect(await groupStore.get(created.id)).not.toHaveProperty('members');
      expect(await userStore.get(user.id)).not.toHaveProperty('groups');
      for await (const group of groupStore.scan()) expect(group).not.toHaveProperty('members');
      const group = await existing(groups, created.id, 'members');
      expect(group.members).toEqual([{ value: user.id, type: 'User', display: 'A member' }]);
      expect(group.meta.version).toBe(created.meta.version);
      const { groups: computed } = await existing(users, user.id, 'groups');
      expect(computed).toEqual([{ value: group.id, type: 'direct', display: 'Some group' }]);
      const scanned = await all(groupStore.scan({ expand: ['members'] }));
      expect(valuesOf(scanned.find(({ id }) => id === group.id)?.members)).toEqual([user.id]);
    });

    test('keeps the relations that a replace does not state', async (fixture) => {
      const { groups, groupStore, createUser, createGroup } = fixture;
      const user = await createUser();
      const group = await createGroup([user.id]);
      const context = { ifVersion: group.meta.version, keep: ['members'], now: tick() };
      const kept = await groupStore.put(changed(group, { displayName: 'Renamed' }), context);
      expect(valuesOf((await existing(groups, group.id, 'members')).members)).toEqual([user.id]);
      const emptied = { ifVersion: kept.meta.version, now: tick() };
      await groups.put(changed(kept, {}), emptied);
      expect(await existing(groups, group.id, 'members')).not.toHaveProperty('members');
    });

    test('R-185 R-252 a replace states the members as a set', async (fixture) => {
      const { groups, users, createUser, createGroup } = fixture;
      const [a, b, c] = [await createUser(), await createUser(), await createUser()];
      const group = await createGroup([a.id, b.id, a.id]);
      const members = [b, c, c].map(({ id }) => ({ value: id }));
      const context = { ifVersion: group.meta.version, now: tick() };
      await groups.put(changed(group, { members }), context);
      const after = await existing(groups, group.id, 'members');
      expect(valuesOf(after.members)).toEqual([b.id, c.id].sort());
      expect(await existing(users, a.id, 'groups')).not.toHaveProperty('groups');
      expect(valuesOf((await existing(users, c.id, 'groups')).groups)).toEqual([group.id]);
    });

    test('R-220 refuses members that do not exist, if told so', [dangling], async (fixture) => {
      const { groups, groupStore, createUser } = fixture;
      const user = await createUser();
      const count = (await all(groupStore.scan())).length;
      const draft = groupDraft([user.id, 'nobody-1', 'nobody-2']);
      const error = await rejection(
        groups.put(draft, { targets: 'exist', now: tick() }),
        'unknown-target',
      );
      expect([...(error.details.ids ?? [])].sort()).toEqual(['nobody-1', 'nobody-2']);
      expect(await all(groupStore.scan())).toHaveLength(count);
      const { stored } = await groups.put(draft, { targets: 'any', now: tick() });
      const { members } = await existing(groups, stored.id, 'members');
      expect(valuesOf(members)).toEqual(['nobody-1', 'nobody-2', user.id].sort());
    });

    test('finds what others show of a resource', async (fixture) => {
      const { users, groups, createUser, createGroup } = fixture;
      const shown = await createUser({ displayName: 'Shown' });
      const silent = await createUser();
      const group = await createGroup();
      const displays = await users.displays([shown.id, silent.id, group.id, 'nobody']);
      expect(displays.get(shown.id)).toBe('Shown');
      expect([...displays.keys()].sort()).toEqual([shown.id, silent.id].sort());
      const [relation] = groups.type.relations;
      if (relation === undefined) throw new Error('the Group type has no relation');
      const targets = await groups.targets(relation, [shown.id, group.id, 'nobody']);
      expect(targets.get(shown.id)).toEqual({ type: 'User', display: 'Shown' });
      expect(targets.get(group.id)?.type).toBe('Group');
      expect(targets.has('nobody')).toBe(false);
    });

    test('writes after its own drafts were handed over do not share them', async ({
      userStore,
    }) => {
      const draft = draftOf(userType, { userName: 'a-draft-of-its-own' });
      const first = await userStore.put(draft, { now: tick() });
      await userStore.put(changed(first, { title: 'new' }), {
        ifVersion: first.meta.version,
        now: tick(),
      });
      expect(first).not.toHaveProperty('title');
    });
  });
}
