import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Stored } from '#backend';
import { changed, existing, groupDraft, tick, userDraft } from '#backend-testkit';
import type { JsonObject } from '#scim';
import { joinDetails, LONGEST, splitDetails } from './mapping/details.js';
import { nativeName } from './mapping/user-name.js';
import { createGroup } from './testing/fake-groups.js';
import { createUser } from './testing/fake-users.js';
import { type TestOrganisation, testOrganisation } from './testing/organisation.js';
import { OTHERWISE, SEEN } from './testing/quirks.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const SRAM_GROUP = 'urn:mace:surf.nl:sram:scim:extension:Group';
const KEY = `ssh-ed25519 ${'A'.repeat(68)} ann@example.org`;
const OTHER = `ssh-rsa ${'B'.repeat(372)} somebody`;
const base64 = (text: string) => Buffer.from(text).toString('base64');

let open: TestOrganisation[] = [];
afterEach(async () => {
  for (const one of open) await one.remove();
  open = [];
});

async function organisation(...args: Parameters<typeof testOrganisation>) {
  const made = await testOrganisation(...args);
  open.push(made);
  return made;
}

/** The one user there is, as JumpCloud has it. */
function native({ fake }: TestOrganisation): JsonObject {
  const [user] = fake.organisation.users.values();
  return user as JsonObject;
}

async function create({ users }: TestOrganisation, over: JsonObject): Promise<Stored> {
  return (await users.put(userDraft(over), { now: tick() })).stored;
}

async function replace({ users }: TestOrganisation, stored: Stored, over: JsonObject) {
  const context = { ifVersion: stored.meta.version, now: tick() };
  return (await users.put(changed(stored, over), context)).stored;
}

describe('details', () => {
  it('R-427 are split and joined without loss, each a JSON object of at most 1024 characters', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3000 }),
      fc.array(fc.record({ value: fc.string({ unit: 'grapheme' }), primary: fc.boolean() })),
    );
    const name = fc.constantFrom('nickName', 'emails', 'x509Certificates', 'urn:a:b:1.0:User');
    fc.assert(
      fc.property(fc.dictionary(name, value), (details) => {
        const texts = splitDetails(details as JsonObject);
        for (const text of texts.values()) {
          expect(text.length).toBeLessThanOrEqual(LONGEST);
          expect(text).toMatch(/^\{[\x20-\x7e]*\}$/);
        }
        const joined = joinDetails(texts, expect.fail) ?? {};
        expect(JSON.stringify(joined)).toBe(JSON.stringify(details));
      }),
    );
  });

  it('R-427 refuse what is too large, naming it', async () => {
    const one = await organisation();
    const draft = userDraft({ nickName: 'n', profileUrl: 'x'.repeat(70_000) });
    await expect(one.users.put(draft, { now: tick() })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('profileUrl'),
    });
    expect(one.fake.organisation.users.size).toBe(0);
  });
});

describe('users', () => {
  it('R-428 have native fields for what JumpCloud knows, and no details where these suffice', async () => {
    const one = await organisation();
    const boss = await create(one, {});
    one.fake.organisation.users.delete(boss.id);
    one.fake.organisation.users.set(boss.id, { ...native(one), _id: boss.id, username: 'boss' });
    const user = await create(one, {
      userName: 'ann.smith',
      externalId: 'ann@sram.surf.nl',
      name: { givenName: 'Ann', middleName: 'B.', familyName: 'Smith' },
      displayName: 'Ann Smith',
      title: 'Engineer',
      userType: 'staff',
      active: true,
      emails: [{ value: 'ann@example.org', primary: true }],
      phoneNumbers: [
        { value: '+31 6', type: 'mobile' },
        { value: '+31 20', type: 'fax' },
      ],
      addresses: [{ streetAddress: 'Kade 1', locality: 'Utrecht', country: 'NL', type: 'work' }],
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', ENTERPRISE],
      [ENTERPRISE]: {
        employeeNumber: '0042',
        department: 'R&D',
        costCenter: 'c1',
        organization: 'SURF',
        manager: { value: boss.id },
      },
    });
    expect(one.fake.organisation.users.get(user.id)).toMatchObject({
      username: 'ann.smith',
      external_dn: 'ann@sram.surf.nl',
      firstname: 'Ann',
      middlename: 'B.',
      lastname: 'Smith',
      displayname: 'Ann Smith',
      jobTitle: 'Engineer',
      employeeType: 'staff',
      state: 'ACTIVATED',
      suspended: false,
      email: 'ann@example.org',
      phoneNumbers: [
        { type: 'mobile', number: '+31 6' },
        { type: 'work_fax', number: '+31 20' },
      ],
      employeeIdentifier: '0042',
      department: 'R&D',
      costCenter: 'c1',
      company: 'SURF',
      manager: boss.id,
      attributes: [{ name: 'details', value: expect.stringMatching(/^\{"\$scim":"[^"]+"\}$/) }],
    });
  });

  it('R-429 of names that JumpCloud does not allow are found by their own', async () => {
    const one = await organisation();
    const names = [
      'Ann.Smith@Example.org',
      'ann.smith@example.com',
      '1x',
      'ü',
      'a'.repeat(40),
      'x y',
    ];
    for (const userName of [...names, 'Legal-Name', 'looks-0123456789']) {
      const made = await create(one, { userName });
      const found = await one.users.query({
        filter: {
          kind: 'compare',
          operator: 'eq',
          value: userName.toUpperCase(),
          path: { element: false, attribute: attribute(one, 'userName'), sub: undefined },
        },
        start: { offset: 0 },
        limit: 9,
      });
      expect(found.items).toEqual([made]);
      expect(made.userName).toBe(userName);
      await expect(create(one, { userName: userName.toUpperCase() })).rejects.toMatchObject({
        code: 'unique',
        details: { path: 'userName' },
      });
    }
    expect(nativeName('Legal-Name')).toBe('legal-name');
    expect(nativeName('Ann.Smith@Example.org')).toMatch(/^ann\.smith-[a-v0-9]{10}$/);
    expect(nativeName('looks-0123456789')).not.toBe('looks-0123456789');
  });

  it('R-429 whom JumpCloud does not rename say so, and nothing of the change is done', async () => {
    const one = await organisation();
    const user = await create(one, { userName: 'bound', title: 'a' });
    one.fake.organisation.bound.add(user.id);
    await expect(replace(one, user, { userName: 'free', title: 'b' })).rejects.toMatchObject({
      code: 'refused',
      details: { status: 400, scimType: 'mutability' },
    });
    expect(await one.users.get(user.id)).toEqual(user);
    expect((await replace(one, user, { title: 'b' })).title).toBe('b');
  });

  it('R-430 without an e-mail address have a placeholder that nobody sees', async () => {
    const one = await organisation();
    const user = await create(one, { emails: [{ value: 'no address' }] });
    expect(native(one).email).toMatch(/^noreply@/);
    expect(user.emails).toEqual([{ value: 'no address' }]);
    const found = await replace(one, user, {
      emails: [{ value: 'Ann@Example.org', type: 'work' }],
    });
    expect(native(one).email).toBe('Ann@Example.org');
    expect(await one.users.get(user.id)).toEqual(found);
    await replace(one, found, { emails: undefined });
    expect(native(one).email).toMatch(/^noreply@/);
  });

  it('R-430 share no e-mail address, not even with other organisations', async () => {
    for (const quirks of [SEEN, OTHERWISE]) {
      const one = await organisation(quirks);
      one.fake.organisation.elsewhere.add('far@example.org');
      await create(one, { emails: [{ value: 'near@example.org' }] });
      for (const value of ['NEAR@example.org', 'far@example.org']) {
        await expect(create(one, { emails: [{ value }] })).rejects.toMatchObject({
          code: 'unique',
          details: { path: 'emails.value' },
        });
      }
    }
  });

  it('R-430 may share an employee number, which one of them has natively', async () => {
    const one = await organisation();
    const extension = { [ENTERPRISE]: { employeeNumber: '7', department: 'd' } };
    const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User', ENTERPRISE];
    const first = await create(one, { schemas, ...extension });
    const second = await create(one, { schemas, ...extension });
    expect(second[ENTERPRISE]).toEqual(extension[ENTERPRISE]);
    expect(await one.users.get(second.id)).toEqual(second);
    const other = await replace(one, second, { title: 'x' });
    expect(other[ENTERPRISE]).toEqual(extension[ENTERPRISE]);
    await one.users.delete(first.id, { now: tick() });
    const own = { employeeNumber: '8', department: 'd' };
    expect((await replace(one, other, { [ENTERPRISE]: own }))[ENTERPRISE]).toEqual(own);
    expect(native(one).employeeIdentifier).toBe('8');
  });

  it('R-430 are nobody managed whom JumpCloud does not know', async () => {
    const one = await organisation();
    const manager = { value: 'f'.repeat(24) };
    await expect(create(one, { [ENTERPRISE]: { manager } })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('manager'),
    });
  });

  for (const [name, quirks] of Object.entries({ SEEN, OTHERWISE })) {
    it(`R-431 have their SSH keys, and those of others stay (${name})`, async () => {
      const one = await organisation(quirks);
      const certificates = [{ value: base64(KEY), type: 'ssh' }, { value: 'AAECAw==' }];
      const user = await create(one, { x509Certificates: certificates });
      const keys = one.fake.organisation.keys.get(user.id) ?? [];
      expect(keys.map((key) => key.public_key)).toEqual([KEY]);
      expect(user.x509Certificates).toEqual(certificates);
      keys.push({ _id: 'e'.repeat(24), name: 'own', public_key: OTHER, create_date: '' });
      const seen = await existing(one.users, user.id);
      const expected = quirks.keysInUsers
        ? [...certificates, { value: base64(OTHER) }]
        : certificates;
      expect(seen.x509Certificates).toEqual(expected);
      const without = expected.filter(({ value }) => value !== base64(KEY));
      await replace(one, seen, { x509Certificates: without });
      expect(keys.map((key) => key.public_key)).toEqual([OTHER]);
    });
  }

  it('R-431 are not created by halves when a key is refused', async () => {
    const one = await organisation();
    one.fake.fault = ({ path, method }) =>
      path.endsWith('/sshkeys') && method === 'POST' ? { kind: 'status', status: 400 } : undefined;
    await expect(create(one, { x509Certificates: [{ value: base64(KEY) }] })).rejects.toThrow();
    expect(one.fake.organisation.users.size).toBe(0);
  });

  it('R-432 keep what others made of them', async () => {
    const one = await organisation();
    const user = await create(one, {
      displayName: 'Ann ',
      phoneNumbers: [{ value: '1', type: 'mobile', display: 'one' }],
    });
    const theirs = one.fake.organisation.users.get(user.id);
    one.fake.organisation.users.set(user.id, {
      ...theirs,
      _id: user.id,
      jobTitle: 'Boss',
      displayname: 'Ann B.',
      location: 'Utrecht',
      attributes: [...((theirs?.attributes as []) ?? []), { name: 'shoe', value: '42' }],
      phoneNumbers: [
        { type: 'mobile', number: '2', id: 'x' },
        { type: 'home', number: '3' },
      ],
    });
    const seen = await existing(one.users, user.id);
    expect(seen.meta.version).not.toBe(user.meta.version);
    expect(seen).toMatchObject({
      title: 'Boss',
      displayName: 'Ann B.',
      phoneNumbers: [
        { value: '2', type: 'mobile', display: 'one' },
        { value: '3', type: 'home' },
      ],
    });
    await expect(replace(one, user, { nickName: 'n' })).rejects.toMatchObject({ code: 'conflict' });
    const after = await replace(one, seen, { nickName: 'n' });
    expect(after).toMatchObject({ title: 'Boss', displayName: 'Ann B.', nickName: 'n' });
    const attributes = native(one).attributes as readonly JsonObject[];
    expect(attributes).toContainEqual({ name: 'shoe', value: '42' });
    expect(native(one)).toMatchObject({ location: 'Utrecht' });
  });

  it('R-432 that others made are listed, and keep their state when something else changes', async () => {
    const one = await organisation();
    const { organisation: data, quirks } = one.fake;
    const made = createUser(data, quirks, { username: 'Foreign', email: 'f@example.org' });
    const [user] = (await one.users.query({ start: { offset: 0 }, limit: 9 })).items;
    expect(user).toMatchObject({ id: made._id, userName: 'Foreign', active: false });
    await replace(one, user as Stored, { title: 'x' });
    expect(native(one)).toMatchObject({ state: 'STAGED', jobTitle: 'x', username: 'Foreign' });
    await replace(one, await existing(one.users, made._id), { active: true });
    expect(native(one)).toMatchObject({ state: 'ACTIVATED' });
  });

  it('R-433 that the reference wrote are read, found, and brought into this form when changed', async () => {
    const one = await organisation();
    const { organisation: data, quirks } = one.fake;
    const details = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      externalId: 'old@sram',
      displayName: 'Old',
      active: false,
      emails: [{ value: 'second@example.org', primary: false }],
      meta: { created: '2023-01-01T00:00:00', lastModified: '2023-01-01T00:00:00' },
      id: 'whatever',
    };
    const made = createUser(data, quirks, {
      username: 'OldName',
      email: 'old@example.org',
      firstname: 'O',
      state: 'ACTIVATED',
      attributes: [{ name: 'details', value: JSON.stringify(details) }],
    });
    const user = await existing(one.users, made._id);
    expect(user).toMatchObject({
      userName: 'OldName',
      externalId: 'old@sram',
      displayName: 'Old',
      active: false,
      name: { givenName: 'O' },
    });
    expect(user.emails).toEqual([
      { value: 'old@example.org', primary: true },
      { value: 'second@example.org', primary: false },
    ]);
    for (const [path, value] of [
      ['userName', 'oldNAME'],
      ['externalId', 'old@sram'],
    ] as const) {
      await expect(create(one, { [path]: value })).rejects.toMatchObject({ details: { path } });
    }
    const { meta: _, ...content } = await replace(one, user, { title: 'new' });
    const { meta: __, ...before } = user;
    expect(content).toEqual({ ...before, title: 'new' });
    expect(native(one)).toMatchObject({
      username: nativeName('OldName'),
      external_dn: 'old@sram',
      displayname: 'Old',
      suspended: true,
    });
  });

  it('R-432 whose details are no JSON, or no resource, do not spoil lists', async () => {
    const one = await organisation();
    const { organisation: data, quirks } = one.fake;
    for (const value of ['{"half', '[]', '{"emails": 7, "active": "yes"}']) {
      const name = `u${value.length}`;
      const attributes = [{ name: 'details', value }];
      createUser(data, quirks, { username: name, email: `${name}@b`, attributes });
    }
    const { items } = await one.users.query({ start: { offset: 0 }, limit: 9 });
    expect(items.map(({ userName }) => userName)).toEqual(['u6', 'u2', 'u30']);
    expect(one.reports).toHaveLength(3);
  });
});

describe('groups', () => {
  for (const [name, quirks] of Object.entries({ SEEN, OTHERWISE })) {
    it(`R-434 keep what others made of them (${name})`, async () => {
      const one = await organisation(quirks);
      const { organisation: data } = one.fake;
      const made = createGroup(data, quirks, {
        name: 'Admins',
        description: 'theirs',
        attributes: { posixGroups: [{ id: 1, name: 'x' }], details: '{"externalId": "g@sram"}' },
      });
      const group = await existing(one.groups, made.id);
      expect(group).toMatchObject({ displayName: 'Admins', externalId: 'g@sram' });
      const draft = changed(group, { externalId: 'h@sram' });
      await one.groups.put(draft, {
        ifVersion: group.meta.version,
        keep: ['members'],
        now: tick(),
      });
      expect(data.groups.get(made.id)).toMatchObject({
        name: 'Admins',
        description: 'theirs',
        attributes: { posixGroups: [{ id: 1, name: 'x' }] },
      });
      expect((await existing(one.groups, made.id)).externalId).toBe('h@sram');
    });
  }

  it('R-434 have the urn of SRAM as their name, and share a displayName', async () => {
    const one = await organisation();
    const put = async (over: JsonObject) =>
      (await one.groups.put(groupDraft([], over), { now: tick() })).stored;
    const first = await put({ displayName: 'Team, *all*' });
    const second = await put({ displayName: 'Team, *all*' });
    const sram = await put({ displayName: 'Team, *all*', [SRAM_GROUP]: { urn: 'surf:team' } });
    const names = [...one.fake.organisation.groups.values()].map(({ name }) => name);
    expect(names[0]).toBe('Team, *all*');
    expect(names[1]).toMatch(/^Team, \*all\* \([0-9a-f]{10}\)$/);
    expect(names[2]).toBe('surf:team');
    for (const group of [first, second, sram]) {
      expect(await existing(one.groups, group.id)).toEqual(group);
      expect(group.displayName).toBe('Team, *all*');
    }
  });
});

function attribute({ users }: TestOrganisation, name: string) {
  const found = users.type.all.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no attribute ${name}`);
  return found;
}
