import { expect } from 'vitest';
import { change } from './deltas.suite.js';
import { existing, groupsOf, membersOf, valuesOf } from './expect.js';
import { concern, tick } from './fixture.js';
import type { ConformanceOptions } from './options.js';

const MEMBERS = 10_000;

export function largeGroup(options: ConformanceOptions): void {
  const members = options.largeGroup ?? MEMBERS;
  concern(`a group of ${members} members`, options, (test) => {
    test('R-253 is created, gains one, loses one, and is read with and without them', async (f) => {
      const { users, groups, createUser, createGroup } = f;
      const first = await createUser();
      const late = await createUser();
      const crowd = await f.crowd(members - 1);
      const leaving = crowd[17] ?? '';
      const group = await createGroup([first.id, ...crowd]);
      expect(await membersOf(groups, group.id)).toEqual([first.id, ...crowd].sort());

      const joined = await change(groups, group.id, [late.id]);
      expect(joined?.changed).toBe(true);
      expect(await groupsOf(users, late.id)).toEqual([group.id]);
      const left = await change(groups, group.id, [], [leaving]);
      expect(left?.changed).toBe(true);
      expect(left?.stored.meta.version).not.toBe(joined?.stored.meta.version);
      expect((await change(groups, group.id, [late.id], [leaving]))?.changed).toBe(false);

      expect(await existing(groups, group.id)).not.toHaveProperty('members');
      expect(await groupsOf(users, first.id)).toEqual([group.id]);
      const expected = [first.id, late.id, ...crowd.filter((id) => id !== leaving)];
      const full = await existing(groups, group.id, 'members');
      expect(valuesOf(full.members)).toEqual(expected.sort());
      const page = await groups.query({ start: { offset: 0 }, limit: 5 });
      for (const item of page.items) expect(item).not.toHaveProperty('members');

      await groups.delete(group.id, { now: tick() });
      expect(await groupsOf(users, first.id)).toEqual([]);
    });

    test('is told from a small one, where the store can', async ({
      backend,
      groups,
      createGroup,
      crowd,
    }) => {
      const one = await createGroup(await crowd(2));
      const store = backend.store(groups.type);
      const small = (id: string, most: number) => store.isSmall?.(id, 'members', most);
      const asked = await Promise.all([small(one.id, 2), small(one.id, 1), small('nobody', 9)]);
      expect([
        [true, false, false],
        [undefined, undefined, undefined],
      ]).toContainEqual(asked);
      const told = await groups.isSmall(one.id, ['members'], 2);
      expect(told).toBe(store.isSmall !== undefined);
    });
  });
}
