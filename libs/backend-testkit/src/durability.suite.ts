import { describe, expect, it } from 'vitest';
import type { Stored } from '#backend';
import { existing, groupsOf, rejection } from './expect.js';
import {
  changed,
  concern,
  type Fixture,
  fixtureOf,
  groupDraft,
  registry,
  tick,
  userDraft,
} from './fixture.js';
import { unique } from './needs.js';
import type { ConformanceOptions } from './options.js';

/** Everything is there, with the same versions, after the store was closed and opened again. */
export function reopening(options: ConformanceOptions): void {
  const { reopen } = options;
  if (reopen === undefined) {
    describe('reopen', () => {
      it.skip('everything is there again (the store does not outlive its process)');
    });
    return;
  }
  describe('reopen', () => {
    it('everything is there again, under the same versions', { timeout: 60_000 }, async () => {
      const first = fixtureOf(await options.open(registry.types));
      const user = await first.createUser({ displayName: 'Kept', externalId: 'kept' });
      const gone = await first.createUser();
      const group = await first.createGroup([user.id, gone.id, ...(await first.crowd(1))]);
      const edit = changed(user, { title: 'edited' });
      await first.users.put(edit, { ifVersion: user.meta.version, now: tick() });
      await first.users.delete(gone.id, { now: tick() });
      const before = await everything(first);
      await first.backend.close();
      await first.backend.close();

      const second = fixtureOf(await reopen(registry.types));
      expect(await everything(second)).toEqual(before);
      expect(await groupsOf(second.users, user.id)).toEqual([group.id]);
      expect(await second.users.get(gone.id)).toBeUndefined();
      const { version } = (await existing(second.users, user.id)).meta;
      const write = { ifVersion: version, now: tick() };
      await second.users.put(changed(user, { title: 'again' }), write);
      if (unique('externalId')(second.backend) === undefined) {
        const twin = userDraft({ externalId: 'kept' });
        await rejection(second.users.put(twin, { now: tick() }), 'unique');
      }
      await second.backend.close();
      await options.remove?.();
    });
  });
}

/** Unavailable is not empty: whatever is asked of a store that is away fails, and works again later. */
export function absence(options: ConformanceOptions): void {
  const { away } = options;
  if (away === undefined) {
    describe('store away', () => {
      it.skip('every operation says so (the store cannot be taken away)');
    });
    return;
  }
  concern('store away', options, (test) => {
    test('every operation says so, and works again when it is back', async (fixture) => {
      const { backend, users, groups, createUser, createGroup } = fixture;
      const user = await createUser();
      // An id that the store could have: it has to look.
      const { id: nobody } = await createUser();
      await users.delete(nobody, { now: tick() });
      const group = await createGroup([user.id]);
      const ifVersion = user.meta.version;
      const deltas = [{ relation: 'members', add: [], remove: [user.id] }];
      await away.stop();
      try {
        for (const attempt of [
          () => backend.ping(AbortSignal.timeout(10_000)),
          () => users.get(user.id),
          () => users.get(nobody),
          () => users.query({ start: { offset: 0 }, limit: 9 }),
          () => users.put(userDraft(), { now: tick() }),
          () => users.put(changed(user, { title: 'x' }), { ifVersion, now: tick() }, user),
          () => groups.applyDelta(group.id, deltas, { now: tick() }),
          () => groups.put(groupDraft(), { now: tick() }),
          () => users.delete(user.id, { now: tick() }),
        ]) {
          await rejection(attempt(), 'unavailable');
        }
      } finally {
        await away.start();
      }
      await backend.ping(AbortSignal.timeout(10_000));
      expect(await users.get(user.id)).toEqual(user);
      expect(await groups.get(group.id)).toEqual(group);
      expect(await groupsOf(users, user.id)).toEqual([group.id]);
      await createUser();
    });
  });
}

async function everything({ users, groups }: Fixture): Promise<readonly (Stored | undefined)[]> {
  const found: (Stored | undefined)[] = [];
  for (const repository of [users, groups]) {
    const expand = repository === users ? ['groups'] : ['members'];
    const { items } = await repository.query({ expand, start: { offset: 0 }, limit: 1000 });
    found.push(...items);
  }
  return found;
}
