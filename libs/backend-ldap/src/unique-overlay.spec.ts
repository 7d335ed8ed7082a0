import { afterEach, describe, expect, it } from 'vitest';
import { BackendError } from '#backend';
import { covers, readDomain } from './server/overlays.js';
import { groupDraft, groupType, NOW, Scratch, search, userDraft } from './testing/scratch.js';
import { BASE, noSlapd, type SlapdOptions } from './testing/slapd.js';

describe('what the overlay watches', () => {
  const units = [`ou=Users,${BASE}`, 'OU=users, dc=example,dc=org', `ou=Other,${BASE}`, BASE];
  it.each([
    [`serialize ldap:///ou=Users,${BASE}?uid?sub`, [true, true, false, false]],
    [`{0}serialize ldap:///ou=Users,${BASE}?uid?one`, [true, true, false, false]],
    [`serialize ldap:///${BASE}?uid?sub`, [true, true, true, true]],
    [`serialize ldap:///${BASE}?uid`, [true, true, true, true]],
    ['serialize ldap:///?uid?sub', [true, true, true, true]],
    // Right below the base there are the units alone.
    [`serialize ldap:///${BASE}?uid?one`, [false, false, false, true]],
    ['serialize ldap:///sers,dc=example,dc=org?uid?sub', [false, false, false, false]],
    [`strict ldap:///${BASE}?uid?sub`, undefined],
    [`ignore serialize ldap:///${BASE}?uid?sub`, undefined],
    [`serialize ldap:///${BASE}?uid?sub?(objectClass=person)`, undefined],
    [`serialize ldap:///${BASE}?uid?base`, undefined],
    [`serialize ldap:///${BASE}`, undefined],
    ['uid', undefined],
  ])('%s', (text, expected) => {
    const [domain] = readDomain(text);
    expect(domain?.attributes).toEqual(expected && ['uid']);
    expect(domain && units.map((unit) => covers(domain, unit))).toEqual(expected);
  });
});

const missing = noSlapd();

/** The keys of everything that must be unique are the overlay's to watch. */
const WATCHED: SlapdOptions = { overlays: ['unique'], unique: 'documentLocation' };

describe.skipIf(missing !== undefined)(`the overlay unique ${missing ?? ''}`, () => {
  const scratches: Scratch[] = [];
  const start = async (options: SlapdOptions) => {
    const scratch = await Scratch.start(options);
    scratches.push(scratch);
    return scratch;
  };
  afterEach(async () => {
    for (const scratch of scratches.splice(0)) await scratch.remove();
  });

  for (const attribute of ['userName', 'externalId'] as const) {
    it(`R-084 R-071 of many creates of one ${attribute} by two instances, one wins`, async () => {
      const scratch = await start(WATCHED);
      const [one, other] = [await scratch.open(), await scratch.open()];
      expect(one.backend.supports.unique).toBe('atomic');
      for (let round = 0; round < 5; round++) {
        const value = `Contested-${round}`;
        const outcomes = await Promise.all(
          Array.from({ length: 12 }, (_, i) => {
            const draft = { ...userDraft(`user-${round}-${i}`), [attribute]: value };
            return (i % 2 === 0 ? one : other).users.put(draft, { now: NOW }).then(
              () => 'created',
              (error: unknown) =>
                error instanceof BackendError && error.code === 'unique' && error.details.path,
            );
          }),
        );
        expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
        expect(outcomes.filter((outcome) => outcome === attribute)).toHaveLength(11);
      }
    });
  }

  it('R-182 has the last word on renames by two instances', async () => {
    const scratch = await start(WATCHED);
    const [one, other] = [await scratch.open(), await scratch.open()];
    const users = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => one.users.put(userDraft(name), { now: NOW })),
    );
    const outcomes = await Promise.allSettled(
      users.map((user, i) => {
        const write = { ifVersion: user.meta.version, now: NOW };
        return (i % 2 === 0 ? one : other).users.put({ ...user, userName: 'wanted' }, write);
      }),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('names the attribute where the overlay takes more for equal than SCIM does', async () => {
    const scratch = await start({ overlays: ['unique'], unique: 'employeeNumber' });
    const attributes = { User: { externalId: 'employeeNumber' } };
    const { users } = await scratch.open({ attributes });
    await users.put(userDraft('one', { externalId: 'E-1' }), { now: NOW });
    const again = users.put(userDraft('two', { externalId: 'e-1' }), { now: NOW });
    await expect(again).rejects.toMatchObject({ code: 'unique', details: { path: 'externalId' } });
  });

  it('may keep more unique than SCIM does', async () => {
    const scratch = await start({ overlays: ['unique'], unique: 'email' });
    const { users } = await scratch.open();
    const emails = [{ value: 'shared@example.org' }];
    await users.put(userDraft('one', { emails }), { now: NOW });
    const again = users.put(userDraft('two', { emails }), { now: NOW });
    await expect(again).rejects.toMatchObject({
      code: 'unique',
      details: { path: 'emails.value' },
    });
  });

  it('is promised for no more than it watches, and for nothing that cannot be seen', async () => {
    const unseen = { userName: `cn=reader,${BASE}`, password: 'reader' };
    const scratch = await start({
      ...WATCHED,
      ldif: `dn: ${BASE}\nobjectClass: dcObject\nobjectClass: organization\no: example\ndc: example\n
dn: cn=reader,${BASE}\nobjectClass: person\ncn: reader\nsn: reader\nuserPassword: reader\n`,
    });
    expect((await scratch.open()).backend.supports.unique).toBe('atomic');
    expect((await scratch.open(unseen)).backend.supports.unique).toBe('process');
    const another = await start({ overlays: ['unique'] });
    expect((await another.open()).backend.supports.unique).toBe('process');
  });

  it('does not keep what is there twice from being served, and found', async () => {
    const twin = (id: string) => `dn: cn=${id},ou=Groups,${BASE}
objectClass: device
objectClass: extensibleObject
cn: ${id}
displayName: ${id}
info: {"externalId": "same"}
`;
    const scratch = await start({
      ...WATCHED,
      ldif: `dn: ${BASE}\nobjectClass: dcObject\nobjectClass: organization\no: example\ndc: example\n
dn: ou=Groups,${BASE}\nobjectClass: organizationalUnit\nou: Groups\n\n${twin('a')}\n${twin('b')}`,
    });
    const { groups } = await scratch.open();
    expect(scratch.problems).toEqual([]);
    const found = await search(groups, groupType, 'externalId eq "same"');
    expect(found).toMatchObject({ ids: ['a', 'b'], looked: 2 });
    const third = groups.put({ ...groupDraft('c'), externalId: 'same' }, { now: NOW });
    await expect(third).rejects.toMatchObject({ code: 'unique', details: { path: 'externalId' } });
  });
});
