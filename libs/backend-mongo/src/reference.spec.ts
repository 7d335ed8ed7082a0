import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { groupType, membersOf, tick, userType } from '#backend-testkit';
import { type JsonObject, parseFilter } from '#scim';
import { whyNoMongo } from '../../../test/support/mongo.js';
import { EXPECTED, KINDS, type Opened, REFERENCE, Scratch } from './testing/scratch.js';

for (const kind of KINDS) {
  describe.skipIf(whyNoMongo(kind))(`a database that the reference wrote, ${kind}`, () => {
    let scratch: Scratch;
    beforeAll(async () => {
      scratch = await Scratch.start(kind);
    });
    afterAll(() => scratch?.remove());
    beforeEach(async () => {
      await scratch.renew();
      await scratch.restore();
    });

    it('R-410 is served in place: ids, attributes, extensions, members, groups', async () => {
      const opened = await scratch.open();
      await expectReference(opened);
      expect(scratch.notices.filter(({ kind: what }) => what === 'unreadable')).toEqual([]);
      const { users } = opened;
      const jane = await users.get(JANE, { expand: ['groups'] });
      expect(jane?.meta).toEqual({
        resourceType: 'User',
        created: '2026-11-22T10:11:25.608933Z',
        lastModified: '2026-11-22T10:11:25.608933Z',
        version: expect.stringMatching(/^W\/"[\w-]+"$/),
      });
      expect(jane?.groups).toHaveLength(2);
      const page = { start: { offset: 0 }, limit: 9 };
      expect((await users.query(page)).total).toBe(EXPECTED.users.length);
    });

    it('R-410 is found by what URNs with dots lead to, and by members', async () => {
      const { users, groups } = await scratch.open();
      const find = async (text: string) => {
        const filter = parseFilter(text, userType);
        const { items } = await users.query({ filter, start: { offset: 0 }, limit: 9 });
        return items.map(({ id }) => id);
      };
      expect(await find(`${EXTENSION}:eduPersonUniqueId eq "jdoe-unique@example.org"`)).toEqual([
        JANE,
      ]);
      expect(await find(`${EXTENSION}:sramInactiveDays gt 6`)).toHaveLength(2);
      expect(await find('userName eq "ZOË"')).toHaveLength(1);
      const filter = parseFilter(`members eq "${JANE}"`, groupType);
      expect((await groups.query({ filter, start: { offset: 0 }, limit: 9 })).total).toBe(2);
    });

    it('R-410 members leave the documents and are there once, whatever stopped it', async () => {
      const { groups } = await scratch.open();
      const [first] = EXPECTED.groups;
      const id = String(first?.id);
      const before = await groups.get(id, { expand: ['members'] });
      await scratch.close();
      const [moved] = await scratch.documents('Groups', { _id: id });
      expect(moved).not.toHaveProperty('members');
      // As if it had been stopped after the members and before their group: they are there twice.
      const original = REFERENCE.Groups?.find(({ _id }) => _id === id);
      await scratch.run({ update: 'Groups', updates: [{ q: { _id: id }, u: original }] });

      const again = await scratch.open();
      const after = await again.groups.get(id, { expand: ['members'] });
      expect(after?.members).toEqual(before?.members);
      const rows = await scratch.documents('Groups_members', { id });
      expect(rows.map(({ value }) => value).sort()).toEqual(await membersOf(again.groups, id));
      await expectReference(again);
    });

    it('R-410 goes on from there: versions stay, and changes reach the documents', async () => {
      const first = await scratch.open();
      const jane = await first.users.get(JANE);
      await scratch.close();
      const { users } = await scratch.open();
      expect(await users.get(JANE)).toEqual(jane);
      if (jane === undefined) throw new Error('she is gone');
      const title = 'Dr.';
      const write = { ifVersion: jane.meta.version, now: tick() };
      await users.put({ ...jane, title }, write);
      const [document] = await scratch.documents('Users', { _id: JANE });
      expect(document).toMatchObject({ _id: JANE, id: JANE, userName: 'jdoe', title });
      expect(document?.[EXTENSION.replaceAll('.', '%2E')]).toMatchObject({
        eduPersonUniqueId: 'jdoe-unique@example.org',
      });
    });

    it('R-410 what holds no resource, or a value twice, is told of and left where it is', async () => {
      const odd = [
        { _id: 'odd', id: 'odd', userName: 7 },
        { _id: 'jane-2', id: 'jane-2', userName: 'JDoe', displayName: 'Twin' },
      ];
      await scratch.run({ insert: 'Users', documents: odd });
      const { users, createUser } = await scratch.open();
      const kinds = scratch.notices.map(({ kind: what }) => what);
      expect(kinds).toEqual(expect.arrayContaining(['unreadable', 'duplicate-value']));
      expect(await users.get('odd')).toBeUndefined();
      expect((await users.get('jane-2'))?.displayName).toBe('Twin');
      expect(await scratch.documents('Users', { _id: 'odd' })).toEqual([odd[0]]);
      await expect(createUser({ userName: 'jdoe' })).rejects.toMatchObject({ code: 'unique' });
      const { total, items } = await users.query({ start: { offset: 0 }, limit: 99 });
      expect([total, items.length]).toEqual([EXPECTED.users.length + 1, EXPECTED.users.length + 1]);
    });
  });
}

const JANE = 'b77b42ae-33c3-442b-88e1-60ff23ce43d1';
const EXTENSION = 'urn:mace:surf.nl:sram:scim:extension:User';

async function expectReference({ users, groups }: Opened): Promise<void> {
  for (const user of EXPECTED.users) {
    const { meta: _, x509Certificates, ...attributes } = user;
    const stored = await users.get(String(user.id));
    expect(stored).toMatchObject(attributes);
    const certificates = x509Certificates as readonly JsonObject[];
    if (certificates.length === 0) expect(stored).not.toHaveProperty('x509Certificates');
    else expect(stored?.x509Certificates).toEqual(certificates);
  }
  for (const group of EXPECTED.groups) {
    const { meta: _, members, ...attributes } = group;
    const stored = await groups.get(String(group.id), { expand: ['members'] });
    expect(stored).toMatchObject(attributes);
    const shown = (members as readonly JsonObject[]).map(({ value, display }) => ({
      value,
      type: 'User',
      display,
    }));
    expect(stored?.members ?? []).toEqual(shown);
  }
}
