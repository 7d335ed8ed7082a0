import { expect } from 'vitest';
import { BackendError, type Repository } from '#backend';
import { existing, rejection } from './expect.js';
import { changed, concern, fresh, tick } from './fixture.js';
import { compareAndSet, givenIds } from './needs.js';
import type { ConformanceOptions } from './options.js';

const WRITERS = 16;

export function versions(options: ConformanceOptions): void {
  concern('versions and compare-and-set', options, (test) => {
    test('R-069 every change has a version of its own', async ({ users, createUser }) => {
      let user = await createUser();
      const seen = new Set([user.meta.version]);
      for (const title of ['a', 'b', 'a', 'b']) {
        const context = { ifVersion: user.meta.version, now: tick() };
        user = (await users.put(changed(user, { title }), context)).stored;
        seen.add(user.meta.version);
      }
      expect(seen.size).toBe(5);
    });

    test('R-300 a version covers attributes and members, and stays while neither changes', async (f) => {
      const { users, groups, createUser, createGroup } = f;
      const user = await createUser({ displayName: 'Member' });
      const group = await createGroup();
      const versionOf = async () => (await existing(groups, group.id, 'members')).meta.version;
      const seen = [group.meta.version];
      const change = async (add: readonly { value: string }[], remove: readonly string[]) => {
        const deltas = [{ relation: 'members', add, remove }];
        const result = await groups.applyDelta(group.id, deltas, { now: tick() });
        expect(await versionOf()).toBe(result?.stored.meta.version);
        seen.push(await versionOf());
      };
      await change([{ value: user.id }], []);
      const renamed = changed(await existing(groups, group.id), { displayName: fresh('renamed') });
      const write = { ifVersion: await versionOf(), keep: ['members'], now: tick() };
      seen.push((await groups.put(renamed, write)).stored.meta.version);
      expect(await versionOf()).toBe(seen.at(-1));
      await change([], [user.id]);
      expect(new Set(seen).size).toBe(seen.length);
      const page = await groups.query({ start: { offset: 0 }, limit: 1000, expand: ['members'] });
      expect(page.items.find(({ id }) => id === group.id)?.meta.version).toBe(seen.at(-1));
      expect((await existing(users, user.id)).displayName).toBe('Member');
    });

    test('refuses a write computed from an old version', async (fixture) => {
      const { users, userStore, createUser } = fixture;
      const old = await createUser();
      const context = { ifVersion: old.meta.version, now: tick() };
      const { stored } = await users.put(changed(old, { title: 'first' }), context);
      await rejection(userStore.put(changed(old, { title: 'second' }), context), 'conflict');
      await rejection(users.put(changed(old, { title: 'second' }), context, old), 'conflict');
      await rejection(userStore.delete(old.id, context), 'conflict');
      await rejection(users.delete(old.id, context), 'conflict');
      expect(await users.get(old.id)).toEqual(stored);
    });

    test('refuses a membership change of an old version', async (fixture) => {
      const { groups, createGroup, crowd } = fixture;
      const [a = '', b = '', c = ''] = await crowd(3);
      const old = await createGroup([a]);
      const context = { ifVersion: old.meta.version, now: tick() };
      const delta = (value: string) => [{ relation: 'members', add: [{ value }], remove: [] }];
      await groups.applyDelta(old.id, delta(b), context);
      await rejection(groups.applyDelta(old.id, delta(c), context), 'conflict');
    });

    test(`${WRITERS} writers of one resource lose no change`, [compareAndSet], async (fixture) => {
      const { users, createUser } = fixture;
      const user = await createUser({ title: '0' });
      await Promise.all(Array.from({ length: WRITERS }, () => increment(users, user.id)));
      expect((await existing(users, user.id)).title).toBe(String(WRITERS));
    });

    test('of many creates under one id one wins', [givenIds, compareAndSet], async (fixture) => {
      const { userStore } = fixture;
      const outcomes = await Promise.allSettled(
        Array.from({ length: WRITERS }, async (_, i) => {
          const now = tick();
          const meta = { resourceType: 'User', created: now, lastModified: now };
          const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
          return userStore.put({ id: 'only-one', schemas, userName: `racer-${i}`, meta }, { now });
        }),
      );
      const codes = outcomes.map((outcome) =>
        outcome.status === 'fulfilled' ? 'created' : codeOf(outcome.reason),
      );
      expect(codes.filter((code) => code === 'created')).toHaveLength(1);
      expect(codes.filter((code) => code === 'exists')).toHaveLength(WRITERS - 1);
    });

    test('of many deletes one finds the resource', async ({ userStore, createUser }) => {
      const user = await createUser();
      const outcomes = await Promise.all(
        Array.from({ length: WRITERS }, () => userStore.delete(user.id, { now: tick() })),
      );
      expect(outcomes.filter((outcome) => outcome !== undefined)).toHaveLength(1);
    });
  });
}

/** Reads, adds one, compares and sets, until nobody was faster. */
async function increment(users: Repository, id: string): Promise<void> {
  for (;;) {
    const user = await existing(users, id);
    try {
      const context = { ifVersion: user.meta.version, now: tick() };
      await users.put(changed(user, { title: String(Number(user.title) + 1) }), context, user);
      return;
    } catch (error) {
      if (codeOf(error) !== 'conflict') throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
    }
  }
}

function codeOf(error: unknown): string {
  if (error instanceof BackendError) return error.code;
  throw error;
}
