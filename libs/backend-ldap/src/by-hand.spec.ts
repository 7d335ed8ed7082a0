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
