import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Stored } from '#backend';
import {
  delta,
  GROUPS,
  groupType,
  membersOf,
  NOW,
  type Opened,
  Scratch,
  search,
  USERS,
  userType,
} from './testing/scratch.js';
import { BASE, noSlapd } from './testing/slapd.js';

/** As an administrator would write it: names of several kinds, remarks, a person elsewhere. */
const TREE = `dn: ${BASE}
objectClass: dcObject
objectClass: organization
o: example
dc: example

dn: ou=People,${BASE}
objectClass: organizationalUnit
ou: People

dn: uid=elsewhere,ou=People,${BASE}
objectClass: inetOrgPerson
uid: elsewhere
cn: Some One
sn: One

dn: ${USERS}
objectClass: organizationalUnit
ou: Users

dn: cn=by-hand,${USERS}
objectClass: device
objectClass: extensibleObject
cn: by-hand
uid: hand
displayName: Written By Hand
email: hand@example.org
info: called back on Monday

dn: uid=jdoe,${USERS}
objectClass: inetOrgPerson
uid: jdoe
cn: Jane Doe
sn: Doe
displayName: Jane
mail: jane@example.org

dn: ou=Robots,${USERS}
objectClass: organizationalUnit
ou: Robots

dn: ${GROUPS}
objectClass: organizationalUnit
ou: Groups

dn: cn=admins,${GROUPS}
objectClass: groupOfNames
cn: admins
member: cn=by-hand,${USERS}
member: uid=jdoe,${USERS}
member: uid=elsewhere,ou=People,${BASE}
`;

const missing = noSlapd();

/** One entry, and ways of others to name it. */
const SPELLINGS = [
  `CN=By-Hand,OU=users,DC=Example,DC=ORG`,
  `cn=by-hand , ou=Users, dc=example,dc=org`,
  `cn=by\\2dhand,ou=Users,${BASE}`,
  `2.5.4.3=BY-HAND,ou=Users,${BASE}`,
  `UserId=JDoe,ou=users,${BASE}`,
];

describe.skipIf(missing !== undefined)(`a tree that someone wrote by hand ${missing ?? ''}`, () => {
  let scratch: Scratch;
  let opened: Opened;
  let jane: string;
  beforeAll(async () => {
    scratch = await Scratch.start({ ldif: TREE, overlays: ['memberof', 'refint'] });
    opened = await scratch.open();
    [jane = ''] = scratch.values(`uid=jdoe,${USERS}`, 'entryUUID');
  });
  afterAll(() => scratch?.remove());

  it('serves every entry, and no unit', async () => {
    const ids: string[] = [];
    for await (const { id } of opened.users.scan()) ids.push(id);
    expect(ids.sort()).toEqual(['by-hand', jane].sort());
    expect(await opened.users.get('by-hand')).toMatchObject({
      userName: 'hand',
      displayName: 'Written By Hand',
      emails: [{ value: 'hand@example.org' }],
      meta: { created: expect.stringMatching(/^20\d\d-.*Z$/) },
    });
    expect(await opened.users.get(jane)).toMatchObject({ userName: 'jdoe', displayName: 'Jane' });
    expect(await opened.users.get('jdoe')).toBeUndefined();
  });

  it('finds them, and the groups that hold them', async () => {
    expect((await search(opened.users, userType, 'userName eq "JDOE"')).ids).toEqual([jane]);
    expect((await search(opened.users, userType, `id eq "${jane}"`)).ids).toEqual([jane]);
    expect((await search(opened.groups, groupType, `members eq "${jane}"`)).ids).toEqual([
      'admins',
    ]);
    expect((await opened.users.get(jane, { expand: ['groups'] }))?.groups).toEqual([
      { value: 'admins', type: 'direct', display: 'admins' },
    ]);
    expect(await membersOf(opened.groups, 'admins')).toEqual(['by-hand', jane]);
  });

  it('changes them, and leaves alone what it does not know', async () => {
    const user = (await opened.users.get(jane)) as Stored;
    const draft = { ...user, title: 'Dr', externalId: 'ext-jane', nickName: '' };
    const stored = await opened.users.put(draft, { ifVersion: user.meta.version, now: NOW });
    expect(await opened.users.get(jane)).toEqual(stored);
    expect(scratch.values(`uid=jdoe,${USERS}`, 'sn')).toEqual(['Doe']);
    expect((await search(opened.users, userType, 'externalId eq "ext-jane"')).looked).toBe(1);
    const hand = (await opened.users.get('by-hand')) as Stored;
    const write = { ifVersion: hand.meta.version, now: NOW };
    await opened.users.put({ ...hand, active: false }, write);
    expect(scratch.values(`cn=by-hand,${USERS}`, 'info')).toContain('called back on Monday');
    expect((await opened.users.get('by-hand'))?.active).toBe(false);
    await expect(opened.users.put(hand, write)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('R-378 renames an entry that is named by what changes, and its groups follow', async () => {
    const user = (await opened.users.get(jane)) as Stored;
    const put = (of: Stored, userName: string) =>
      opened.users.put({ ...of, userName }, { ifVersion: of.meta.version, now: NOW });
    const renamed = await put(user, 'jane, née #1');
    expect(renamed.userName).toBe('jane, née #1');
    expect(await opened.users.get(jane)).toEqual(renamed);
    expect(() => scratch.values(`uid=jdoe,${USERS}`, 'uid')).toThrow('No such object');
    expect(await membersOf(opened.groups, 'admins')).toEqual(['by-hand', jane]);
    expect((await opened.users.get(jane, { expand: ['groups'] }))?.groups).toHaveLength(1);
    await expect(put(user, 'late')).rejects.toMatchObject({ code: 'conflict' });
    const back = await put(renamed, 'jdoe');
    expect(await opened.users.get(jane)).toEqual(back);
    expect(scratch.values(`uid=jdoe,${USERS}`, 'uid')).toEqual(['jdoe']);
    expect(await membersOf(opened.groups, 'admins')).toEqual(['by-hand', jane]);
  });

  it('R-378 calls an entry by its id where what changes is too long for a name', async () => {
    const person = (rdn: string, uid: string) =>
      `dn: ${rdn},${USERS}\nobjectClass: inetOrgPerson\ncn: P\nsn: P\nuid: ${uid}\n`;
    scratch.slapd.tool('ldapadd', [], person('uid=second', 'second'));
    const { users } = opened;
    const [id = ''] = (await search(users, userType, 'userName eq "second"')).ids;
    const second = (await users.get(id)) as Stored;
    const write = { ifVersion: second.meta.version, now: NOW };
    const stored = await users.put({ ...second, userName: 'x'.repeat(300) }, write);
    expect(scratch.values(`cn=${id},${USERS}`, 'uid')).toEqual(['x'.repeat(300)]);
    expect(await users.get(id)).toEqual(stored);
    await users.delete(id, { now: NOW });
  });

  it('R-375 a member that others add or take out makes another version of the group', async () => {
    const { groups } = opened;
    const versionOf = async () => (await groups.get('admins'))?.meta.version;
    const before = (await groups.get('admins')) as Stored;
    const name = `cn=later,${USERS}`;
    const change = (how: string) =>
      scratch.slapd.tool(
        'ldapmodify',
        [],
        `dn: cn=admins,${GROUPS}\nchangetype: modify\n${how}: member\nmember: ${name}\n`,
      );
    change('add');
    expect(await versionOf()).not.toBe(before.meta.version);
    const write = { ifVersion: before.meta.version, now: NOW };
    await expect(groups.put(before, write)).rejects.toMatchObject({ code: 'conflict' });
    expect(scratch.values(`cn=admins,${GROUPS}`, 'member')).toContain(name);
    const added = await versionOf();
    change('delete');
    expect(await versionOf()).not.toBe(added);
    // What is written here is known by its version at once.
    const now = (await groups.get('admins', { expand: ['members'] })) as Stored;
    const own = await groups.put(now, { ifVersion: now.meta.version, now: NOW });
    expect(await versionOf()).toBe(own.meta.version);
    const done = await groups.applyDelta?.('admins', delta(['later']), { now: NOW });
    expect(await versionOf()).toBe(done?.stored.meta.version);
    await groups.applyDelta?.('admins', delta([], ['later']), { now: NOW });
  });

  it('R-376 the last member of a group that must have one can go', async () => {
    const { groups } = opened;
    const ldif = (name: string) =>
      `dn: cn=${name},${GROUPS}\nobjectClass: groupOfNames\ncn: ${name}\nmember: cn=by-hand,${USERS}\n`;
    scratch.slapd.tool('ldapadd', [], `${ldif('last')}\n${ldif('emptied')}`);
    await groups.applyDelta?.('last', delta([], ['by-hand']), { now: NOW });
    expect(await membersOf(groups, 'last')).toEqual([]);
    await groups.applyDelta?.('last', delta(['by-hand']), { now: NOW });
    expect(scratch.values(`cn=last,${GROUPS}`, 'member')).toEqual([`cn=by-hand,${USERS}`]);
    const group = (await groups.get('emptied')) as Stored;
    await groups.put(group, { ifVersion: group.meta.version, now: NOW });
    expect(await membersOf(groups, 'emptied')).toEqual([]);
    for (const id of ['last', 'emptied']) await groups.delete(id, { now: NOW });
  });

  it('of writers that find no version yet one wins', async () => {
    scratch.slapd.tool(
      'ldapadd',
      [],
      `dn: cn=fresh,${USERS}\nobjectClass: device\nobjectClass: extensibleObject\ncn: fresh\nuid: fresh\n`,
    );
    const other = await scratch.open();
    const user = (await opened.users.get('fresh')) as Stored;
    const write = { ifVersion: user.meta.version, now: NOW };
    const outcomes = await Promise.allSettled(
      [opened, other, opened, other].map(({ users }, i) =>
        users.put({ ...user, title: `writer ${i}` }, write),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(scratch.values(`cn=fresh,${USERS}`, 'info')).toHaveLength(1);
  });

  it('changes the members of its groups', async () => {
    const gone = await opened.groups.applyDelta?.('admins', delta([], [jane]), { now: NOW });
    expect(gone?.changed).toBe(true);
    expect(scratch.values(`cn=admins,${GROUPS}`, 'member')).toEqual([
      `cn=by-hand,${USERS}`,
      `uid=elsewhere,ou=People,${BASE}`,
    ]);
    await opened.groups.applyDelta?.('admins', delta([jane]), { now: NOW });
    expect(scratch.values(`uid=jdoe,${USERS}`, 'memberOf')).toEqual([`cn=admins,${GROUPS}`]);
    const group = (await opened.groups.get('admins')) as Stored;
    const emptied = { ifVersion: group.meta.version, now: NOW };
    await opened.groups.put(group, emptied);
    expect(scratch.values(`cn=admins,${GROUPS}`, 'member')).toEqual([
      `uid=elsewhere,ou=People,${BASE}`,
    ]);
  });

  it.each(SPELLINGS)('R-374 knows the entry that a member is named after: %s', async (spelling) => {
    const { groups } = opened;
    const id = /jdoe/i.test(spelling) ? jane : 'by-hand';
    const ldif = `objectClass: groupOfNames\ncn: spelt\nmember: ${spelling}\n`;
    scratch.slapd.tool('ldapadd', [], `dn: cn=spelt,${GROUPS}\n${ldif}`);
    const group = await groups.get('spelt', { expand: ['members'] });
    const display = id === jane ? 'Jane' : 'Written By Hand';
    expect(group?.members).toEqual([{ value: id, type: 'User', display }]);
    expect((await opened.users.get(id))?.id).toBe(id);
    const other = id === jane ? 'by-hand' : jane;
    await groups.applyDelta?.('spelt', delta([other], [id]), { now: NOW });
    expect(await membersOf(groups, 'spelt')).toEqual([other]);
    await groups.delete('spelt', { now: NOW });
  });

  it('R-374 takes a member that is not there by the text of its name', async () => {
    const { groups } = opened;
    const names = [`CN=Nobody,OU=Users,${BASE}`, `uid=nobody,${USERS}`, `ou=Robots,${USERS}`];
    const lines = names.map((name) => `member: ${name}\n`).join('');
    const ldif = `objectClass: groupOfNames\ncn: absent\n${lines}`;
    scratch.slapd.tool('ldapadd', [], `dn: cn=absent,${GROUPS}\n${ldif}`);
    const group = await groups.get('absent', { expand: ['members'] });
    expect(group?.members).toEqual([{ value: 'Nobody' }]);
    await groups.delete('absent', { now: NOW });
  });

  it('deletes them', async () => {
    await opened.groups.applyDelta?.('admins', delta([jane]), { now: NOW });
    await opened.users.delete(jane, { now: NOW });
    expect(await opened.users.get(jane)).toBeUndefined();
    expect(await membersOf(opened.groups, 'admins')).toEqual([]);
  });
});
