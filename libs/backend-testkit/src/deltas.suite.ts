import { expect } from 'vitest';
import type { Repository } from '#backend';
import { parseFilter, sortResources } from '#scim';
import { existing, groupsOf, membersOf, rejection } from './expect.js';
import { changed, concern, groupDraft, groupType, tick } from './fixture.js';
import {
  compareAndSet,
  dangling,
  nestedGroups,
  noDangling,
  noNestedGroups,
  safeDeltas,
} from './needs.js';
import type { ConformanceOptions } from './options.js';

const WRITERS = 16;

/** Adds and removes members by id. */
export function change(
  groups: Repository,
  id: string,
  add: readonly string[],
  remove: readonly string[] = [],
) {
  const deltas = [{ relation: 'members', add: add.map((value) => ({ value })), remove }];
  return groups.applyDelta(id, deltas, { now: tick() });
}

export function deltas(options: ConformanceOptions): void {
  concern('membership', options, (test) => {
    test('R-226 adds and removes in one step', async (fixture) => {
      const { backend, users, groups, createUser, createGroup } = fixture;
      const [a, b, c] = [await createUser(), await createUser(), await createUser()];
      const group = await createGroup([a.id, b.id]);
      const result = await change(groups, group.id, [c.id], [a.id]);
      expect(result?.changed).toBe(true);
      expect(result?.stored.meta.version).not.toBe(group.meta.version);
      if (backend.supports.times === 'given') {
        expect(result?.stored.meta.lastModified).not.toBe(group.meta.lastModified);
      }
      expect(result?.stored).not.toHaveProperty('members');
      expect(await membersOf(groups, group.id)).toEqual([b.id, c.id].sort());
      expect(await groupsOf(users, a.id)).toEqual([]);
      expect(await groupsOf(users, c.id)).toEqual([group.id]);
      expect(await groups.get(group.id)).toEqual(result?.stored);
    });

    test('R-213 R-227 what changes nothing keeps the version', async (fixture) => {
      const { groups, createUser, createGroup } = fixture;
      const [a, b] = [await createUser(), await createUser()];
      const group = await createGroup([a.id]);
      for (const result of [
        await change(groups, group.id, [a.id]),
        await change(groups, group.id, [], [b.id]),
        await change(groups, group.id, [a.id, a.id], [b.id, 'nobody']),
        await change(groups, group.id, []),
      ]) {
        expect(result?.changed).toBe(false);
        expect(result?.stored).toEqual(group);
      }
      expect(await membersOf(groups, group.id)).toEqual([a.id]);
    });

    test('adds a member twice and keeps it once', async ({ groups, createGroup, crowd }) => {
      const group = await createGroup();
      const [x = ''] = await crowd(1);
      await change(groups, group.id, [x, x]);
      expect(await membersOf(groups, group.id)).toEqual([x]);
    });

    test('the last member that leaves leaves nothing', async ({ groups, createGroup, crowd }) => {
      const members = await crowd(1);
      const group = await createGroup(members);
      await change(groups, group.id, [], members);
      expect(await existing(groups, group.id, 'members')).not.toHaveProperty('members');
    });

    test('knows no members of a group that does not exist', async ({ groups, crowd }) => {
      expect(await change(groups, 'no-such-group', await crowd(1))).toBeUndefined();
    });

    test(
      'R-302 refuses members that do not exist where nothing may dangle',
      [noDangling],
      async (f) => {
        const { groups, createUser, createGroup } = f;
        const user = await createUser();
        const group = await createGroup([user.id]);
        const refused = change(groups, group.id, ['nobody']);
        expect((await rejection(refused, 'unknown-target')).details.ids).toEqual(['nobody']);
        const draft = groupDraft([user.id, 'nobody']);
        const create = groups.put(draft, { targets: 'any', now: tick() });
        expect((await rejection(create, 'unknown-target')).details.ids).toEqual(['nobody']);
        expect(await membersOf(groups, group.id)).toEqual([user.id]);
      },
    );

    test(
      'R-302 refuses groups in groups where they cannot be kept',
      [noNestedGroups],
      async (f) => {
        const { groups, createUser, createGroup } = f;
        const user = await createUser();
        const [inner, outer] = [await createGroup(), await createGroup([user.id])];
        const refused = change(groups, outer.id, [inner.id]);
        expect((await rejection(refused, 'unsupported')).details.ids).toEqual([inner.id]);
        for (const targets of ['any', 'exist'] as const) {
          const draft = groupDraft([user.id, inner.id]);
          await rejection(groups.put(draft, { targets, now: tick() }), 'unsupported');
        }
        expect(await membersOf(groups, outer.id)).toEqual([user.id]);
      },
    );

    test('R-396 keeps the type of what names nothing', [dangling], async ({ groups }) => {
      const members = [{ value: 'nobody-a', type: 'User' }, { value: 'nobody-b' }];
      const { stored } = await groups.put(groupDraft([], { members }), { now: tick() });
      const shown = async () => (await existing(groups, stored.id, 'members')).members;
      expect(await shown()).toEqual(members);
      const add = [{ value: 'nobody-c', type: 'User' }];
      const deltas = [{ relation: 'members', add, remove: ['nobody-b'] }];
      await groups.applyDelta(stored.id, deltas, { now: tick() });
      expect(await shown()).toEqual([members[0], ...add]);
    });

    test('R-220 refuses new members that do not exist, if told so', [dangling], async (fixture) => {
      const { groups, createUser, createGroup } = fixture;
      const user = await createUser();
      const group = await createGroup(['gone-long-ago']);
      const context = { targets: 'exist' as const, now: tick() };
      const delta = (...values: string[]) => [
        { relation: 'members', add: values.map((value) => ({ value })), remove: [] },
      ];
      const refused = groups.applyDelta(group.id, delta(user.id, 'nobody'), context);
      expect((await rejection(refused, 'unknown-target')).details.ids).toEqual(['nobody']);
      expect(await membersOf(groups, group.id)).toEqual(['gone-long-ago']);
      const again = await groups.applyDelta(group.id, delta('gone-long-ago'), context);
      expect(again?.changed).toBe(false);
      const { members } = await existing(groups, group.id, 'members');
      expect(members).toEqual([{ value: 'gone-long-ago' }]);
      await groups.applyDelta(group.id, delta(user.id), context);
      expect(await membersOf(groups, group.id)).toEqual(['gone-long-ago', user.id].sort());
    });

    test(`${WRITERS} writers of one group lose no member`, [safeDeltas], async (fixture) => {
      const { users, groups, createUser, createGroup } = fixture;
      const people = await Promise.all(Array.from({ length: WRITERS * 2 }, () => createUser()));
      const leaving = people.slice(WRITERS).map(({ id }) => id);
      const joining = people.slice(0, WRITERS).map(({ id }) => id);
      const group = await createGroup(leaving);
      await Promise.all(joining.map((id, i) => change(groups, group.id, [id], [leaving[i] ?? ''])));
      expect(await membersOf(groups, group.id)).toEqual([...joining].sort());
      expect(await groupsOf(users, joining[0] ?? '')).toEqual([group.id]);
      expect(await groupsOf(users, leaving[0] ?? '')).toEqual([]);
    });

    const both = 'a change of attributes and changes of members lose nothing of each other';
    test(both, [safeDeltas, compareAndSet], async (f) => {
      const { groups, createGroup, crowd } = f;
      const people = await crowd(5);
      const group = await createGroup(people.slice(0, 1));
      const rename = async (displayName: string): Promise<void> => {
        for (;;) {
          const current = await existing(groups, group.id);
          const write = { ifVersion: current.meta.version, keep: ['members'], now: tick() };
          const done = await groups
            .put(changed(current, { displayName }), write)
            .catch((error: { code?: string }) => {
              if (error.code !== 'conflict') throw error;
            });
          if (done !== undefined) return;
        }
      };
      const joining = people.slice(1).map((id) => change(groups, group.id, [id]));
      await Promise.all([...joining, rename('Renamed')]);
      const after = await existing(groups, group.id, 'members');
      expect(after.displayName).toBe('Renamed');
      expect(await membersOf(groups, group.id)).toEqual([...people].sort());
    });

    test('R-077 User.groups follows, for one and for a page of users', async (fixture) => {
      const { users, groups, createUser, createGroup } = fixture;
      const [a, b, c] = [await createUser(), await createUser(), await createUser()];
      const first = await createGroup([a.id, b.id]);
      const second = await createGroup([a.id]);
      const groupsOnPage = async (id: string) => {
        const filter = parseFilter(`id eq "${id}"`, users.type);
        const page = await users.query({
          filter,
          expand: ['groups'],
          start: { offset: 0 },
          limit: 9,
        });
        return page.items[0]?.groups;
      };
      for (const read of [
        async (id: string) => (await existing(users, id, 'groups')).groups,
        groupsOnPage,
      ]) {
        expect(await read(a.id)).toEqual(
          sortResources([first, second], undefined).map(({ id, displayName }) => ({
            value: id,
            type: 'direct',
            display: displayName,
          })),
        );
        expect(await read(c.id)).toBeUndefined();
      }
      await change(groups, second.id, [c.id], [a.id]);
      expect(await groupsOf(users, a.id)).toEqual([first.id]);
      expect(await groupsOf(users, c.id)).toEqual([second.id]);
      await groups.delete(first.id, { now: tick() });
      expect(await groupsOf(users, b.id)).toEqual([]);
    });

    test('what others show of a resource follows its name', async (fixture) => {
      const { users, groups, createUser, createGroup } = fixture;
      const user = await createUser({ displayName: 'Before' });
      const group = await createGroup([user.id], { displayName: 'Old' });
      const write = (version: string) => ({ ifVersion: version, now: tick() });
      await users.put(changed(user, { displayName: 'After' }), write(user.meta.version));
      await groups.put(changed(group, { displayName: 'New' }), {
        ...write(group.meta.version),
        keep: ['members'],
      });
      const member = { value: user.id, type: 'User', display: 'After' };
      expect((await existing(groups, group.id, 'members')).members).toEqual([member]);
      const holder = { value: group.id, type: 'direct', display: 'New' };
      expect((await existing(users, user.id, 'groups')).groups).toEqual([holder]);
    });

    test('R-251 groups may be members, also of each other', [nestedGroups], async (fixture) => {
      const { groups, users, createUser, createGroup } = fixture;
      const user = await createUser();
      const inner = await createGroup([user.id], { displayName: 'Inner' });
      const outer = await createGroup([inner.id], { displayName: 'Outer' });
      await change(groups, inner.id, [outer.id, inner.id]);
      const { members } = await existing(groups, outer.id, 'members');
      expect(members).toEqual([{ value: inner.id, type: 'Group', display: 'Inner' }]);
      expect(await membersOf(groups, inner.id)).toEqual([inner.id, outer.id, user.id].sort());
      expect(await groupsOf(users, user.id)).toEqual([inner.id]);
      await groups.delete(inner.id, { now: tick() });
      expect(await membersOf(groups, outer.id)).toEqual([]);
      expect(await groupsOf(users, user.id)).toEqual([]);
    });

    test('R-143 finds groups by a member', async (fixture) => {
      const { groups, createUser, createGroup, crowd } = fixture;
      const user = await createUser();
      const others = await crowd(1);
      const group = await createGroup([user.id, ...others]);
      await createGroup(others);
      for (const text of [`members eq "${user.id}"`, `members[value eq "${user.id}"]`]) {
        const filter = parseFilter(text, groupType);
        const page = await groups.query({ filter, start: { offset: 0 }, limit: 9 });
        expect(page.items).toEqual([await groups.get(group.id)]);
        expect(page.total).toBe(1);
      }
    });
  });
}
