import { expect } from 'vitest';
import { equalJson } from '#scim';
import { existing, membersOf } from './expect.js';
import { concern, tick, userType } from './fixture.js';
import { nestedGroups } from './needs.js';
import type { ConformanceOptions } from './options.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

export function cascade(options: ConformanceOptions): void {
  concern('cascade on delete', options, (test) => {
    test('R-249 a deleted user is gone from groups and from those they managed', async (fixture) => {
      const { backend, users, groups, createUser, createGroup } = fixture;
      const boss = await createUser();
      const other = await createUser();
      const bystander = await createGroup([other.id]);
      const both = await createGroup([boss.id, other.id]);
      const alone = await createGroup([boss.id]);
      const managed = (employeeNumber?: string) => ({
        schemas: [userType.schema.id, ENTERPRISE],
        [ENTERPRISE]: {
          manager: { value: boss.id },
          ...(employeeNumber === undefined ? {} : { employeeNumber }),
        },
      });
      const only = await createUser(managed());
      const more = await createUser(managed('7'));
      const now = tick();
      const deletion = await users.delete(boss.id, { now });
      expect(deletion?.deleted).toEqual(boss);

      const changed = deletion?.changed ?? [];
      const expected = [both.id, alone.id, only.id, more.id].sort();
      expect(changed.map(({ stored }) => stored.id).sort()).toEqual(expected);
      for (const { type, stored } of changed) {
        const repository = type.name === 'User' ? users : groups;
        const before = [both, alone, only, more].find(({ id }) => id === stored.id);
        if (backend.supports.times === 'given') expect(stored.meta.lastModified).toBe(now);
        expect(stored.meta.version).not.toBe(before?.meta.version);
        expect(await repository.get(stored.id)).toEqual(stored);
      }
      expect(await membersOf(groups, both.id)).toEqual([other.id]);
      expect(await membersOf(groups, alone.id)).toEqual([]);
      expect(await existing(users, only.id)).not.toHaveProperty([ENTERPRISE]);
      expect((await existing(users, only.id)).schemas).toEqual([userType.schema.id]);
      expect(equalJson((await existing(users, more.id))[ENTERPRISE], { employeeNumber: '7' })).toBe(
        true,
      );
      expect(await groups.get(bystander.id)).toEqual(bystander);
      expect(await users.get(other.id)).toEqual(other);
    });

    test(
      'R-249 a deleted group is gone from the groups that held it',
      [nestedGroups],
      async (f) => {
        const { groups, createGroup, crowd } = f;
        const [x = '', y = ''] = await crowd(2);
        const inner = await createGroup([x]);
        const outer = await createGroup([inner.id, y]);
        const deletion = await groups.delete(inner.id, { now: tick() });
        expect(deletion?.changed.map(({ stored }) => stored.id)).toEqual([outer.id]);
        expect(await membersOf(groups, outer.id)).toEqual([y]);
      },
    );

    test('a group in itself is deleted', [nestedGroups], async ({ groups, createGroup }) => {
      const group = await createGroup();
      const deltas = [{ relation: 'members', add: [{ value: group.id }], remove: [] }];
      await groups.applyDelta(group.id, deltas, { now: tick() });
      expect((await groups.delete(group.id, { now: tick() }))?.changed).toEqual([]);
    });

    test('a user who is their own manager is deleted', async ({ users, createUser }) => {
      const user = await createUser();
      const own = {
        ...user,
        schemas: [userType.schema.id, ENTERPRISE],
        [ENTERPRISE]: { manager: { value: user.id } },
      };
      const { stored } = await users.put(own, { ifVersion: user.meta.version, now: tick() });
      const context = { ifVersion: stored.meta.version, now: tick() };
      expect((await users.delete(user.id, context))?.changed).toEqual([]);
      expect(await users.get(user.id)).toBeUndefined();
    });

    test('a refused delete leaves everything as it was', async (fixture) => {
      const { users, groups, createUser, createGroup } = fixture;
      const user = await createUser();
      const group = await createGroup([user.id]);
      const stale = users.delete(user.id, { ifVersion: 'W/"stale"', now: tick() });
      await expect(stale).rejects.toMatchObject({ code: 'conflict' });
      expect(await groups.get(group.id)).toEqual(group);
      expect(await membersOf(groups, group.id)).toEqual([user.id]);
    });
  });
}
