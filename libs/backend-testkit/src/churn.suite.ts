import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Repository, Stored } from '#backend';
import { existing, valuesOf } from './expect.js';
import { changed, concern, type Fixture, tick } from './fixture.js';
import { compareAndSet, safeDeltas } from './needs.js';
import type { ConformanceOptions } from './options.js';

/** More than a pool of connections usually has. */
const WRITERS = 16;
/** Membership changes of each writer. */
const CHANGES = 12;
/** Changes of an attribute while members come and go. */
const NAMES = 20;

/** What is changed all the time is there all the time. */
export function churn(options: ConformanceOptions): void {
  concern('a resource that is changed all the time', options, (test) => {
    test('R-350 stays readable, whole, by itself and in lists', async (fixture) => {
      const { groups } = fixture;
      const { id, staying } = await busyGroup(fixture);
      const writing = writers(fixture, id, WRITERS, CHANGES);
      const reading = whileRunning(writing, async () => {
        const group = await groups.get(id, { expand: ['members'] });
        expect(valuesOf(group?.members)).toEqual(expect.arrayContaining(staying));
        const page = await groups.query({ start: { offset: 0 }, limit: 50, expand: ['members'] });
        expect(page.items).toHaveLength(page.total);
        const listed = page.items.find((item) => item.id === id);
        expect(valuesOf(listed?.members)).toEqual(expect.arrayContaining(staying));
      });
      await Promise.all([writing, reading, reading]);
      const after = await groups.get(id, { expand: ['members'] });
      expect(valuesOf(after?.members)).toEqual([...staying].sort());
    });

    const safe = [compareAndSet, safeDeltas];
    test('R-351 takes changes of attributes and of members at once', safe, async (fixture) => {
      const { groups } = fixture;
      const { id, staying } = await busyGroup(fixture);
      let done = false;
      const naming = (async () => {
        try {
          for (let i = 0; i < NAMES; i++) await rename(groups, id, `name ${i}`);
        } finally {
          done = true;
        }
      })();
      const members = (async () => {
        while (!done) {
          await writers(fixture, id, 4, 1);
          await turn();
        }
      })();
      await Promise.all([naming, members]);
      const after = await groups.get(id, { expand: ['members'] });
      expect(after?.displayName).toBe(`name ${NAMES - 1}`);
      expect(valuesOf(after?.members)).toEqual([...staying].sort());
    });

    test(
      'R-303 takes writes that state all members while they come and go',
      safe,
      async (fixture) => {
        const { groups } = fixture;
        const { id, staying } = await busyGroup(fixture);
        const others = (await Promise.all([1, 2].map(() => fixture.createUser()))).map((u) => u.id);
        const writing = writers(fixture, id, WRITERS, CHANGES);
        await whileRunning(writing, async () => {
          await restate(groups, id, others);
          await restate(groups, id, staying);
        });
        await writing;
        const after = await groups.get(id, { expand: ['members'] });
        expect(valuesOf(after?.members)).toEqual([...staying].sort());
      },
    );

    test('R-351 refuses a change of attributes that were changed meanwhile', async (fixture) => {
      const { groups } = fixture;
      const old = await fixture.createGroup();
      await rename(groups, old.id, 'first');
      const second = rename(groups, old.id, 'second', old);
      await expect(second).rejects.toMatchObject({ code: 'conflict' });
      expect((await existing(groups, old.id)).displayName).toBe('first');
    });

    test('R-350 can be deleted, and is gone for those who change it', async (fixture) => {
      const { groups } = fixture;
      const { id } = await busyGroup(fixture);
      const writing = writers(fixture, id, WRITERS, CHANGES);
      const deletion = await groups.delete(id, { now: tick() });
      expect(deletion?.deleted.id).toBe(id);
      await writing;
      expect(await groups.get(id, { expand: ['members'] })).toBeUndefined();
      expect(await groups.delete(id, { now: tick() })).toBeUndefined();
    });
  });
}

/** A group with members that stay. */
async function busyGroup(fixture: Fixture) {
  const users = await Promise.all(Array.from({ length: 5 }, () => fixture.createUser()));
  const staying = users.map(({ id }) => id);
  const { id } = await fixture.createGroup(staying);
  return { id, staying };
}

/** Each adds a member of its own and takes it out again, until it did so often enough. */
async function writers(fixture: Fixture, id: string, count: number, changes: number) {
  await Promise.all(
    Array.from({ length: count }, async () => {
      const own = (await fixture.createUser()).id;
      for (let i = 0; i < changes; i++) {
        await changeMembers(fixture.groups, id, [own], []);
        await changeMembers(fixture.groups, id, [], [own]);
      }
    }),
  );
}

async function changeMembers(
  groups: Repository,
  id: string,
  add: readonly string[],
  remove: readonly string[],
): Promise<void> {
  const delta = { relation: 'members', add: add.map((value) => ({ value })), remove };
  await groups.applyDelta(id, [delta], { now: tick() });
}

/** As a PATCH that says nothing of members: computed from what is there, members left alone. */
async function rename(groups: Repository, id: string, displayName: string, base?: Stored) {
  const current = base ?? (await existing(groups, id));
  const context = { ifVersion: current.meta.version, keep: ['members'], computedFrom: current };
  await groups.put(changed(current, { displayName }), { ...context, now: tick() }, current);
}

/** As a PUT: whatever the members were, they are these afterwards. */
async function restate(groups: Repository, id: string, members: readonly string[]): Promise<void> {
  const current = await existing(groups, id, 'members');
  const draft = changed(current, { members: members.map((value) => ({ value })) });
  const context = { computedFrom: current, restated: ['members'], now: tick() };
  await groups.put(draft, { ...context, ifVersion: current.meta.version }, current);
}

async function whileRunning(running: Promise<unknown>, work: () => Promise<void>): Promise<void> {
  let done = false;
  const end = () => {
    done = true;
  };
  running.then(end, end);
  while (!done) {
    await work();
    await turn(); // a store in memory would leave the others no time
  }
}
