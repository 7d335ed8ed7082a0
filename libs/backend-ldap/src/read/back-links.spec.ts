import { afterEach, describe, expect, it } from 'vitest';
import type { Stored } from '#backend';
import type { LdapBackendOptions } from '../ldap.options.js';
import {
  delta,
  groupDraft,
  NOW,
  type Opened,
  Scratch,
  search,
  USERS,
  userDraft,
  userType,
} from '../testing/scratch.js';
import { noSlapd, type SlapdOptions } from '../testing/slapd.js';

const missing = noSlapd();

describe.skipIf(missing !== undefined)(`memberOf ${missing ?? ''}`, () => {
  const scratches: Scratch[] = [];
  const start = async (options: SlapdOptions, over: Partial<LdapBackendOptions> = {}) => {
    const scratch = await Scratch.start(options);
    scratches.push(scratch);
    return { scratch, opened: await scratch.open({ memberOf: true, ...over }) };
  };
  afterEach(async () => {
    for (const scratch of scratches.splice(0)) await scratch.remove();
  });

  const groupsOf = async ({ users }: Opened, id: string) =>
    ((await users.get(id, { expand: ['groups'] }))?.groups ?? []) as Stored['groups'];

  for (const layout of ['reference', 'standard'] as const) {
    it(`R-078 tells the groups of a user, layout ${layout}`, async () => {
      const memberOfClass = layout === 'reference' ? 'device' : 'groupOfMembers';
      const { scratch, opened } = await start(
        { overlays: ['memberof'], memberOfClass },
        { layout },
      );
      const { users, groups } = opened;
      const [ada, bob] = [
        await users.put(userDraft('ada'), { now: NOW }),
        await users.put(userDraft('bob'), { now: NOW }),
      ];
      const one = await groups.put(groupDraft('one', [ada.id]), { now: NOW });
      const two = await groups.put(groupDraft('two', [ada.id, bob.id]), { now: NOW });
      const expected = [one, two].map(({ id, displayName }) => ({
        value: id,
        type: 'direct',
        display: displayName,
      }));
      const sorted = expected.sort((a, b) => (a.value < b.value ? -1 : 1));
      const first = await scratch.slapd.logOf(async () => {
        expect(await groupsOf(opened, ada.id)).toEqual(sorted);
      });
      expect(first).toMatch(/filter=".*\(member=/);
      const later = await scratch.slapd.logOf(async () => {
        expect(await groupsOf(opened, ada.id)).toEqual(sorted);
        expect(await groupsOf(opened, bob.id)).toEqual([
          expected.find(({ value }) => value === two.id),
        ]);
        const expand = ['groups'];
        const all = await users.expand?.([ada, bob], expand);
        expect(all?.map((user) => (user.groups as Stored[]).length)).toEqual([2, 1]);
      });
      expect(later).not.toMatch(/filter=".*\(member=/);
      const found = await search(users, userType, `groups.value eq "${one.id}"`);
      expect(found).toEqual({ ids: [ada.id], looked: 1, exact: true });
      await groups.applyDelta?.(two.id, delta([], [bob.id]), { now: NOW });
      expect(await groupsOf(opened, bob.id)).toEqual([]);
    });
  }

  it('is told of members that were named before they were there', async () => {
    const { scratch, opened } = await start({ overlays: ['memberof'], memberOfClass: 'device' });
    const { users, groups } = opened;
    const known = await users.put(userDraft('known'), { now: NOW });
    const group = await groups.put(groupDraft('early', [known.id, 'later']), { now: NOW });
    expect(await groupsOf(opened, known.id)).toHaveLength(1);
    await users.put({ ...userDraft('later'), id: 'later' }, { now: NOW });
    expect(scratch.values(`cn=later,${USERS}`, 'memberOf')).toHaveLength(1);
    expect(await groupsOf(opened, 'later')).toEqual([
      { value: group.id, type: 'direct', display: 'early' },
    ]);
    expect((await groups.get(group.id, { expand: ['members'] }))?.members).toHaveLength(2);
  });

  it('is not relied upon where the overlay watches other groups, and this is said once', async () => {
    const { scratch, opened } = await start({ overlays: ['memberof'] });
    const { users, groups } = opened;
    for (let i = 0; i < 5; i++) {
      const user = await users.put(userDraft(`user-${i}`), { now: NOW });
      await groups.put(groupDraft(`group-${i}`, [user.id]), { now: NOW });
      expect(await groupsOf(opened, user.id)).toHaveLength(1);
    }
    expect(scratch.problems).toEqual([expect.stringContaining('LDAP_MEMBEROF')]);
  });

  it('stops the start where the server does not know it', async () => {
    await expect(start({})).rejects.toThrow('LDAP_MEMBEROF');
  });
});
