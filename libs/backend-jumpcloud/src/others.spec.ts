import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Stored } from '#backend';
import { changed, existing, groupDraft, membersOf, tick, userDraft } from '#backend-testkit';
import { type TestOrganisation, testOrganisation } from './testing/organisation.js';

describe('members that others change in JumpCloud', () => {
  let one: TestOrganisation;
  let ids: string[];
  let group: Stored;
  beforeEach(async () => {
    one = await testOrganisation();
    ids = [];
    for (let i = 0; i < 4; i++) {
      ids.push((await one.users.put(userDraft(), { now: tick() })).stored.id);
    }
    group = (await one.groups.put(groupDraft(ids.slice(0, 2)), { now: tick() })).stored;
  });
  afterEach(() => one.remove());

  /** Somebody at JumpCloud's console. */
  const theyAdd = (user = ids[2]) => one.fake.organisation.members.get(group.id)?.push(user);
  const read = (...expand: readonly string[]) => existing(one.groups, group.id, ...expand);
  const version = async () => (await read('members')).meta.version;

  it('R-464 change the version once they are read, and once only', async () => {
    expect(await version()).toBe(group.meta.version);
    theyAdd();
    const seen = await read('members');
    expect(seen.meta.version).not.toBe(group.meta.version);
    expect(seen.meta.lastModified > group.meta.lastModified).toBe(true);
    expect(await version()).toBe(seen.meta.version);
    expect((await read()).meta).toEqual(seen.meta);
    const { items } = await one.groups.query({
      expand: ['members'],
      start: { offset: 0 },
      limit: 9,
    });
    expect(items[0]?.meta).toEqual(seen.meta);
  });

  it('R-464 fail who writes under the version before, and are kept by who has none', async () => {
    const now = tick();
    const { version: before } = group.meta;
    theyAdd();
    const delta = { relation: 'members', add: [{ value: ids[3] ?? '' }], remove: [] };
    for (const attempt of [
      () => one.groups.applyDelta(group.id, [delta], { ifVersion: before, now }),
      () => one.groups.put(changed(group, { displayName: 'x' }), { ifVersion: before, now }),
      () => one.groups.delete(group.id, { ifVersion: before, now }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'conflict' });
    }
    expect((await one.groups.applyDelta(group.id, [delta], { now }))?.changed).toBe(true);
    expect(await membersOf(one.groups, group.id)).toEqual([...ids].sort());
  });

  it('R-464 are told from what is changed here, which changes the version by itself', async () => {
    await version();
    const delta = { relation: 'members', add: [{ value: ids[3] ?? '' }], remove: [ids[0] ?? ''] };
    const done = await one.groups.applyDelta(group.id, [delta], { now: tick() });
    expect(await version()).toBe(done?.stored.meta.version);
    await one.users.delete(ids[1] ?? '', { now: tick() });
    const after = await version();
    expect(await version()).toBe(after);
    theyAdd();
    expect(await version()).not.toBe(after);
  });

  it('R-464 write nothing into a group by being looked at', async () => {
    const there = () => structuredClone(one.fake.organisation.groups.get(group.id));
    const before = there();
    theyAdd();
    expect(await version()).not.toBe(group.meta.version);
    await one.remove();
    expect(there()).toEqual(before);
  });
});
