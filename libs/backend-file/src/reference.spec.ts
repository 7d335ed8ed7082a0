import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Stored } from '#backend';
import type { JsonObject, ResourceType } from '#scim';
import {
  delta,
  groupType,
  membersOf,
  NOW,
  type Opened,
  Scratch,
  search,
  userType,
} from './testing/scratch.js';

const expected = JSON.parse(
  readFileSync(new URL('../test-data/files.expected.json', import.meta.url), 'utf8'),
) as { readonly users: readonly JsonObject[]; readonly groups: readonly JsonObject[] };

const [JANE, ZOE, KAETHE] = [
  '641df91b-81b5-4333-84b2-4bfb7c008ba4',
  'c5eb70ae-e1ee-4a42-8897-81676805f69e',
  'c8a95bd4-05d9-4986-bd27-2c93e9836732',
] as const;
const [RESEARCH, RESEARCH2, EMPTY] = [
  '1a0a843f-2fd6-48b1-8c5c-caa84ae51b5a',
  '7edd25ee-06e1-4d3f-a5fb-a1f6ffc55354',
  'b474f230-aca7-44b8-b011-559d99908328',
] as const;

describe('a folder that the reference wrote', () => {
  let scratch: Scratch;
  let opened: Opened;
  beforeEach(async () => {
    scratch = await Scratch.ofReference();
    opened = await scratch.open();
  });
  afterEach(() => scratch.remove());

  it('is served with the same ids, attributes, extensions and members', async () => {
    for (const user of expected.users) {
      const { meta: _, x509Certificates, ...attributes } = user;
      const stored = await opened.users.get(String(user.id), { expand: ['groups'] });
      expect(stored).toMatchObject(attributes);
      const certificates = x509Certificates as readonly JsonObject[];
      if (certificates.length === 0) expect(stored).not.toHaveProperty('x509Certificates');
      else expect(stored?.x509Certificates).toEqual(certificates);
    }
    for (const group of expected.groups) {
      const { meta: _, members, ...attributes } = group;
      const stored = await opened.groups.get(String(group.id), { expand: ['members'] });
      expect(stored).toMatchObject(attributes);
      const shown = (members as readonly JsonObject[]).map(({ value, display }) => ({
        value,
        type: 'User',
        display,
      }));
      expect(stored?.members ?? []).toEqual(shown);
    }
    expect(scratch.problems).toEqual([]);
  });

  it('takes times without a zone for UTC, and versions from the content', async () => {
    const jane = await opened.users.get(JANE);
    expect(jane?.meta).toEqual({
      resourceType: 'User',
      created: '2026-11-22T10:11:15.190607Z',
      lastModified: '2026-11-22T10:11:15.190607Z',
      version: expect.stringMatching(/^W\/"[\w-]+"$/),
    });
    expect(jane?.meta.version).not.toContain('20f53229');
  });

  it('computes User.groups from Group.members', async () => {
    const jane = await opened.users.get(JANE, { expand: ['groups'] });
    expect(jane?.groups).toEqual([
      { value: RESEARCH, type: 'direct', display: 'Researchers' },
      { value: RESEARCH2, type: 'direct', display: 'Researchers' },
    ]);
  });

  const found: readonly (readonly [ResourceType, string, readonly string[]])[] = [
    [userType, `id eq "${JANE}"`, [JANE]],
    [userType, 'userName eq "JDOE"', [JANE]],
    [userType, 'userName eq "K.M\u00dcLLER"', [KAETHE]],
    [userType, 'externalId eq "jdoe-ext@sram.example.org"', [JANE]],
    [userType, 'externalId eq "JDOE-ext@sram.example.org"', []],
    [userType, 'displayName eq "zo\u00eb o\'bri\u00e9n"', [ZOE]],
    [userType, 'emails.value eq "JANE@home.example.org"', [JANE]],
    [userType, 'emails[value eq "jane@home.example.org"]', [JANE]],
    [groupType, 'displayName eq "researchers"', [RESEARCH, RESEARCH2]],
    [groupType, 'externalId eq "uva:empty-ext@sram.example.org"', [EMPTY]],
    [groupType, `members.value eq "${ZOE}"`, [RESEARCH]],
    [groupType, `members eq "${JANE}" and displayName eq "Researchers"`, [RESEARCH, RESEARCH2]],
    [groupType, `displayName eq "nobody" or members[value eq "${ZOE}"]`, [RESEARCH]],
  ];
  for (const [type, filter, ids] of found) {
    it(`R-111 finds ${type.name} ${filter} by an index`, async () => {
      const store = type === userType ? opened.users : opened.groups;
      expect(await search(store, type, filter)).toEqual({ ids, looked: ids.length, exact: true });
    });
  }

  it('narrows down by an index what it does not answer by it', async () => {
    const filter = 'emails[value eq "jane@home.example.org" and type eq "other"]';
    expect(await search(opened.users, userType, filter)).toEqual({
      ids: [],
      looked: 1,
      exact: false,
    });
    const both = await search(opened.users, userType, 'userName eq "jdoe" and active eq true');
    expect(both).toEqual({ ids: [JANE], looked: 1, exact: false });
    const negated = await search(opened.users, userType, 'not (userName eq "jdoe")');
    expect(negated).toEqual({ ids: [ZOE, KAETHE], looked: 3, exact: false });
  });

  it('is changed, reopened, and has lost nothing', async () => {
    const { users, groups, backend } = opened;
    const jane = (await users.get(JANE)) as Stored;
    const title = { ...jane, title: 'Dr', meta: { ...jane.meta, lastModified: NOW } };
    await users.put(title, { ifVersion: jane.meta.version, now: NOW });
    await groups.applyDelta?.(EMPTY, delta([ZOE, RESEARCH]), { now: NOW, targets: 'exist' });
    await groups.applyDelta?.(RESEARCH, delta([], [KAETHE]), { now: NOW });
    const before = await everything(opened);
    await backend.close();

    const text = await readFile(scratch.path('Groups', EMPTY), 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      id: EMPTY,
      meta: { location: `/Groups/${EMPTY}`, resourceType: 'Group', lastModified: NOW },
      'urn:mace:surf.nl:sram:scim:extension:Group': { urn: 'uva:empty', labels: ['one', 'two'] },
      members: [
        { value: ZOE, display: "Zo\u00eb O'Bri\u00e9n", $ref: `/Users/${ZOE}` },
        { value: RESEARCH, display: 'Researchers', $ref: `/Groups/${RESEARCH}` },
      ],
    });
    expect(text).toContain('\n  "schemas": [\n    "urn');
    expect(text).toContain('\n    {\n      "value": ');

    const again = await scratch.open();
    expect(await everything(again)).toEqual(before);
    expect(before.map(({ id }) => id).sort()).toEqual(
      [JANE, ZOE, KAETHE, RESEARCH, RESEARCH2, EMPTY].sort(),
    );
    expect(await search(again.users, userType, 'title eq "dr"')).toMatchObject({ ids: [JANE] });
    expect(scratch.problems).toEqual([]);
  });

  it('R-249 deletes a user out of its groups, and says which changed', async () => {
    const deletion = await opened.users.delete(JANE, { now: NOW });
    expect(deletion?.deleted.userName).toBe('jdoe');
    expect(deletion?.changed?.map(({ stored }) => stored.id).sort()).toEqual([RESEARCH, RESEARCH2]);
    for (const { stored } of deletion?.changed ?? []) {
      expect(stored).toEqual(await opened.groups.get(stored.id));
      expect(stored.meta.lastModified).toBe(NOW);
    }
    await opened.backend.close();
    const again = await scratch.open();
    expect(await again.users.get(JANE)).toBeUndefined();
    expect(await membersOf(again.groups, RESEARCH)).toEqual([ZOE, KAETHE]);
    expect(await membersOf(again.groups, RESEARCH2)).toEqual([]);
  });
});

async function everything({ users, groups }: Opened): Promise<readonly Stored[]> {
  const found: Stored[] = [];
  for await (const stored of users.scan({ expand: ['groups'] })) found.push(stored);
  for await (const stored of groups.scan({ expand: ['members'] })) found.push(stored);
  return found;
}
