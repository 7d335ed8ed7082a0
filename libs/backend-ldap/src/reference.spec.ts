import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Stored } from '#backend';
import type { JsonObject, ResourceType } from '#scim';
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
import { noSlapd } from './testing/slapd.js';

const file = (name: string) =>
  readFileSync(new URL(`../test-data/reference/${name}`, import.meta.url), 'utf8');

const expected = JSON.parse(file('expected.json')) as {
  readonly users: readonly JsonObject[];
  readonly groups: readonly JsonObject[];
};

const JANE = 'ab7b6416-a875-45b8-b2af-3aeacc726779';
const ZOE = '233ba82f-37a1-4a8d-9506-2429b0d2c949';
const KAETHE = '25648bd7-4d30-423a-9efc-bc1509af06fb';
const RESEARCH = '8d913d70-92be-481d-bc54-7c2f7c836773';
const RESEARCH2 = '1189895c-578a-4d99-bd2a-6793a8ff4c6b';
const EMPTY = '0f875f4b-13a7-4570-a32c-1c5234b18036';

const missing = noSlapd();

describe.skipIf(missing !== undefined)(`the tree that the reference wrote ${missing ?? ''}`, () => {
  let scratch: Scratch;
  let opened: Opened;
  beforeAll(async () => {
    scratch = await Scratch.start({ ldif: file('tree.ldif'), overlays: ['sssvlv'] });
    opened = await scratch.open();
  });
  afterAll(() => scratch?.remove());

  it('is served with the same ids, attributes, extensions and members', async () => {
    for (const { meta: _, ...attributes } of expected.users) {
      const stored = await opened.users.get(String(attributes.id));
      const { meta, ...rest } = stored as Stored;
      expect(rest).toEqual(attributes);
    }
    for (const { meta: _, members, ...attributes } of expected.groups) {
      const stored = await opened.groups.get(String(attributes.id));
      const { meta, ...rest } = stored as Stored;
      expect(rest).toEqual(attributes);
      const ids = ((members ?? []) as readonly JsonObject[]).map(({ value }) => value);
      expect(await membersOf(opened.groups, String(attributes.id))).toEqual(ids);
    }
    expect(scratch.problems).toEqual([]);
  });

  it('takes times without a zone for UTC, and versions from the content', async () => {
    expect((await opened.users.get(JANE))?.meta).toEqual({
      resourceType: 'User',
      created: '2026-11-22T10:11:29.863535Z',
      lastModified: '2026-11-22T10:11:29.863535Z',
      version: expect.stringMatching(/^W\/"[\w-]{27}"$/),
    });
  });

  it('R-107 is listed by the server, in the order in which the reference wrote it', async () => {
    const ask = async (offset: number) => {
      const page = await opened.users.query?.({ start: { offset }, limit: 2 });
      const ids: string[] = [];
      for await (const { id } of page?.items ?? []) ids.push(id);
      return { ids, total: page?.total, paged: page?.paged };
    };
    expect(await ask(0)).toEqual({ ids: [JANE, ZOE], total: 3, paged: true });
    expect(await ask(2)).toEqual({ ids: [KAETHE], total: 3, paged: true });
  });

  it('computes User.groups from the members of groups', async () => {
    const jane = await opened.users.get(JANE, { expand: ['groups'] });
    expect(jane?.groups).toEqual([
      { value: RESEARCH, type: 'direct', display: 'Researchers' },
      { value: RESEARCH2, type: 'direct', display: 'Researchers' },
    ]);
    expect(await opened.users.displays?.([JANE, 'nobody'])).toEqual(new Map([[JANE, 'Jane Doe']]));
  });

  const found: readonly (readonly [ResourceType, string, readonly string[]])[] = [
    [userType, `id eq "${JANE}"`, [JANE]],
    [userType, 'userName eq "JDOE"', [JANE]],
    [userType, 'userName eq "K.MÜLLER"', [KAETHE]],
    [userType, 'externalId eq "jdoe-ext@sram.example.org"', [JANE]],
    [userType, 'externalId eq "JDOE-ext@sram.example.org"', []],
    [userType, 'displayName eq "zoë o\'bri\u00e9n"', [ZOE]],
    [userType, 'emails.value eq "JANE@home.example.org"', [JANE]],
    [userType, 'emails[value eq "jane@home.example.org"]', [JANE]],
    [userType, 'userName sw "jd" and active eq true', [JANE]],
    [groupType, 'displayName eq "researchers"', [RESEARCH, RESEARCH2].sort()],
    [groupType, 'externalId eq "uva:empty-ext@sram.example.org"', [EMPTY]],
    [groupType, `members.value eq "${ZOE}"`, [RESEARCH]],
    [
      groupType,
      `members eq "${JANE}" and displayName eq "Researchers"`,
      [RESEARCH, RESEARCH2].sort(),
    ],
  ];
  for (const [type, filter, ids] of found) {
    it(`R-111 finds ${type.name} ${filter}, and looks at nothing else`, async () => {
      const store = type === userType ? opened.users : opened.groups;
      const result = await search(store, type, filter);
      expect(result.ids).toEqual(ids);
      expect(result.looked).toBe(ids.length);
    });
  }

  it('is changed, reopened, and has lost nothing', async () => {
    const { users, groups, backend } = opened;
    const zoe = (await users.get(ZOE)) as Stored;
    const emails = [{ value: 'zo\u00eb@example.org', type: 'work' }, { value: 'zoe@example.org' }];
    const draft = { ...zoe, nickName: '', emails, meta: { ...zoe.meta, lastModified: NOW } };
    const written = await users.put(draft, { ifVersion: zoe.meta.version, now: NOW });
    await groups.applyDelta?.(EMPTY, delta([ZOE, RESEARCH]), { now: NOW });
    await groups.applyDelta?.(RESEARCH, delta([], [KAETHE]), { now: NOW });
    const before = await everything(opened);
    await backend.close();

    opened = await scratch.open();
    expect(await everything(opened)).toEqual(before);
    expect(await opened.users.get(ZOE)).toEqual(written);
    expect(written).toMatchObject({ nickName: '', emails, userName: 'zo\u00eb', active: false });
    expect(
      await search(opened.users, userType, 'emails.value eq "ZO\u00cb@example.org"'),
    ).toMatchObject({
      ids: [ZOE],
      looked: 1,
    });
    // What the reference reads is where it was.
    const dn = `cn=${ZOE},${USERS}`;
    expect(scratch.values(dn, 'uid')).toEqual(['zo\u00eb']);
    expect(scratch.values(dn, 'email')).toEqual(['zoe@example.org']);
    const [info = ''] = scratch.values(dn, 'info');
    expect(JSON.parse(info)).toMatchObject({
      id: ZOE,
      meta: { location: `/Users/${ZOE}`, resourceType: 'User', lastModified: NOW },
      name: { familyName: "O'Bri\u00e9n", givenName: 'Zo\u00eb' },
      externalId: 'zo\u00eb-ext@sram.example.org',
    });
    expect(scratch.values(`cn=${EMPTY},${GROUPS}`, 'member')).toEqual([
      `cn=${ZOE},${USERS}`,
      `cn=${RESEARCH},${GROUPS}`,
    ]);
  });

  it('R-069 what someone changes by hand is served, under another version', async () => {
    const before = (await opened.users.get(JANE)) as Stored;
    scratch.slapd.tool(
      'ldapmodify',
      [],
      `dn: cn=${JANE},${USERS}\nchangetype: modify\nreplace: email\nemail: jane@new.example.org\n`,
    );
    const after = (await opened.users.get(JANE)) as Stored;
    expect(after.emails).toEqual([{ value: 'jane@new.example.org' }]);
    expect(after.meta.version).not.toBe(before.meta.version);
    const stale = opened.users.put(before, { ifVersion: before.meta.version, now: NOW });
    await expect(stale).rejects.toMatchObject({ code: 'conflict' });
  });
});

async function everything({ users, groups }: Opened): Promise<readonly Stored[]> {
  const found: Stored[] = [];
  for await (const stored of users.scan({ expand: ['groups'] })) found.push(stored);
  for await (const stored of groups.scan({ expand: ['members'] })) found.push(stored);
  return found;
}
