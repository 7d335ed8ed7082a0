import { expect } from 'vitest';
import { BackendError, type Repository } from '#backend';
import { rejection } from './expect.js';
import { changed, concern, fresh, groupDraft, tick, userDraft } from './fixture.js';
import { unique } from './needs.js';
import type { ConformanceOptions } from './options.js';

const CREATES = 50;

export function uniqueness(options: ConformanceOptions): void {
  concern('uniqueness', options, (test) => {
    test(
      'R-084 refuses a userName that is taken, in any case',
      [unique('userName')],
      async (fixture) => {
        const { users, createUser } = fixture;
        const { userName } = await createUser();
        for (const same of [userName, String(userName).toUpperCase()]) {
          const error = await rejection(
            users.put(userDraft({ userName: same }), { now: tick() }),
            'unique',
          );
          expect(error.details.path).toBe('userName');
        }
      },
    );

    test(
      'R-182 a replace may keep its own userName, not take another',
      [unique('userName')],
      async (fixture) => {
        const { users, createUser } = fixture;
        const taken = await createUser();
        const user = await createUser();
        const ifVersion = user.meta.version;
        const stolen = changed(user, { userName: taken.userName });
        await rejection(users.put(stolen, { ifVersion, now: tick() }), 'unique');
        expect(await users.get(user.id)).toEqual(user);
        const own = changed(user, { userName: String(user.userName).toUpperCase() });
        const { stored } = await users.put(own, { ifVersion, now: tick() });
        expect(stored.userName).toBe(own.userName);
      },
    );

    test(
      'R-071 refuses an externalId that is taken, within one type',
      [unique('externalId')],
      async (fixture) => {
        const { users, groups, createUser, createGroup } = fixture;
        const externalId = fresh('External');
        await createUser({ externalId });
        const group = await createGroup([], { externalId });
        const again = users.put(userDraft({ externalId }), { now: tick() });
        expect((await rejection(again, 'unique')).details.path).toBe('externalId');
        await rejection(groups.put(groupDraft([], { externalId }), { now: tick() }), 'unique');
        await groups.delete(group.id, { now: tick() });
        await createGroup([], { externalId });
      },
    );

    test('a value is free again once it is given up', async ({ users, createUser }) => {
      const first = await createUser();
      const { userName } = first;
      const renamed = changed(first, { userName: fresh('renamed') });
      await users.put(renamed, { ifVersion: first.meta.version, now: tick() });
      const second = await createUser({ userName });
      await users.delete(second.id, { now: tick() });
      const third = await createUser({ userName });
      expect(third.userName).toBe(userName);
    });

    test('values that are no values are not compared', async ({ createUser, createGroup }) => {
      await createUser({ externalId: '' });
      await createUser({ externalId: '' });
      await createGroup();
      await createGroup();
    });

    test('a display name may be had by many', async ({ createGroup }) => {
      const displayName = fresh('admins');
      await createGroup([], { displayName });
      await createGroup([], { displayName });
    });

    for (const attribute of ['userName', 'externalId']) {
      test(
        `of ${CREATES} creates of one ${attribute} at once one wins`,
        [unique(attribute)],
        async (fixture) => {
          const value = fresh('contested');
          const outcomes = await race(fixture.users, () => userDraft({ [attribute]: value }));
          expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
          expect(outcomes.filter((outcome) => outcome === attribute)).toHaveLength(CREATES - 1);
        },
      );
    }

    test(
      'of many renames to one userName at once one wins',
      [unique('userName')],
      async (fixture) => {
        const { users, createUser } = fixture;
        const userName = fresh('wanted');
        const before = await Promise.all(Array.from({ length: 10 }, () => createUser()));
        const outcomes = await Promise.allSettled(
          before.map((user) =>
            users.put(changed(user, { userName }), { ifVersion: user.meta.version, now: tick() }),
          ),
        );
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      },
    );
  });
}

/** What became of each of many creates at once: `created`, or the path that was taken. */
async function race(
  users: Repository,
  draft: () => Parameters<Repository['put']>[0],
): Promise<readonly (string | undefined)[]> {
  return Promise.all(
    Array.from({ length: CREATES }, () =>
      users.put(draft(), { now: tick() }).then(
        () => 'created',
        (error: unknown) => {
          if (error instanceof BackendError && error.code === 'unique') return error.details.path;
          throw error;
        },
      ),
    ),
  );
}
