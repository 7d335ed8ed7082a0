import { describe, expect, it } from 'vitest';
import { group, patched, Urn, user } from './testing/patches.js';

const E = Urn.ENTERPRISE;

describe('Microsoft Entra ID', () => {
  it('R-216 fills a user that has only a userName by value paths, as the validator does', () => {
    const adds: [string, string][] = [
      ['active', 'True'],
      ['displayName', 'DN'],
      ['title', 'T'],
      ['preferredLanguage', 'PL'],
      ['name.givenName', 'GN'],
      ['name.familyName', 'FN'],
      ['name.formatted', 'FF'],
      ['name.middleName', 'MN'],
      ['name.honorificPrefix', 'HP'],
      ['name.honorificSuffix', 'HS'],
      ['emails[type eq "work"].value', 'w@x.org'],
      ['emails[type eq "home"].value', 'h@x.org'],
      ['emails[primary eq true].value', 'p@x.org'],
      ['addresses[type eq "work"].formatted', 'AF'],
      ['addresses[type eq "work"].streetAddress', 'AS'],
      ['addresses[type eq "work"].locality', 'AL'],
      ['addresses[type eq "work"].region', 'AR'],
      ['addresses[type eq "work"].postalCode', 'AP'],
      ['addresses[type eq "work"].country', 'AC'],
      ['phoneNumbers[type eq "work"].value', '1'],
      ['phoneNumbers[type eq "mobile"].value', '2'],
      ['phoneNumbers[type eq "fax"].value', '3'],
      ['roles[primary eq "True"].display', 'RD'],
      ['roles[primary eq "True"].value', 'RV'],
      ['roles[primary eq "True"].type', 'RT'],
      ['externalId', 'X'],
      ['nickName', 'NN'],
      ['profileUrl', 'not a uri'],
      ['locale', 'nowhere'],
      ['timezone', 'TZ'],
      ['userType', 'UT'],
      [`${E}:employeeNumber`, 'EN'],
      [`${E}:department`, 'ED'],
      [`${E}:costCenter`, 'EC'],
      [`${E}:organization`, 'EO'],
      [`${E}:division`, 'EV'],
      [`${E}:manager`, 'random text'],
    ];
    const result = patched(user(), ...adds.map(([path, value]) => ({ op: 'Add', path, value })));
    expect(result).toEqual(
      user({
        active: true,
        displayName: 'DN',
        title: 'T',
        preferredLanguage: 'PL',
        name: {
          givenName: 'GN',
          familyName: 'FN',
          formatted: 'FF',
          middleName: 'MN',
          honorificPrefix: 'HP',
          honorificSuffix: 'HS',
        },
        emails: [
          { type: 'work', value: 'w@x.org' },
          { type: 'home', value: 'h@x.org' },
          { primary: true, value: 'p@x.org' },
        ],
        addresses: [
          {
            type: 'work',
            formatted: 'AF',
            streetAddress: 'AS',
            locality: 'AL',
            region: 'AR',
            postalCode: 'AP',
            country: 'AC',
          },
        ],
        phoneNumbers: [
          { type: 'work', value: '1' },
          { type: 'mobile', value: '2' },
          { type: 'fax', value: '3' },
        ],
        roles: [{ primary: true, display: 'RD', value: 'RV', type: 'RT' }],
        externalId: 'X',
        nickName: 'NN',
        profileUrl: 'not a uri',
        locale: 'nowhere',
        timezone: 'TZ',
        userType: 'UT',
        [E]: {
          employeeNumber: 'EN',
          department: 'ED',
          costCenter: 'EC',
          organization: 'EO',
          division: 'EV',
          manager: { value: 'random text' },
        },
      }),
    );
  });

  it('R-217 R-240 compliance mode: one replace with dotted and URN keys', () => {
    const before = user({ name: { familyName: 'L' }, active: true });
    const value = { active: false, 'name.givenName': 'A', [`${E}:employeeNumber`]: '1' };
    expect(patched(before, { op: 'replace', value })).toEqual(
      user({
        name: { familyName: 'L', givenName: 'A' },
        active: false,
        [E]: { employeeNumber: '1' },
      }),
    );
  });

  it('reads the dot of older jobs between URN and attribute', () => {
    const add = { op: 'Add', path: `${E}.employeeNumber`, value: '1' };
    expect(patched(user(), add)).toEqual(user({ [E]: { employeeNumber: '1' } }));
  });

  it('R-228 R-218 legacy mode: members in and out by value', () => {
    const path = 'members';
    const added = patched(group(), { op: 'Add', path, value: [{ $ref: null, value: 'a' }] });
    expect(added).toEqual(group({ members: [{ value: 'a' }] }));
    const two = patched(added, { op: 'Add', path, value: [{ value: 'b' }] });
    expect(patched(two, { op: 'Remove', path, value: [{ $ref: null, value: 'a' }] })).toEqual(
      group({ members: [{ value: 'b' }] }),
    );
  });

  it('ignores extra keys in an operation', () => {
    const operation = { name: 'addMember', op: 'Replace', path: 'title', value: 't', other: null };
    expect(patched(user(), operation)).toEqual(user({ title: 't' }));
  });
});

describe('Okta', () => {
  it('R-239 deactivates and reactivates without path', () => {
    const off = patched(user({ active: true }), { op: 'replace', value: { active: false } });
    expect(off.active).toBe(false);
    expect(patched(off, { op: 'replace', value: { active: true } }).active).toBe(true);
  });

  it('R-241 R-242 renames a group with its id, and replaces its members', () => {
    const before = group({ members: [{ value: 'a' }] });
    expect(patched(before, { op: 'replace', value: { id: 'g1', displayName: 'x' } })).toEqual(
      group({ displayName: 'x', members: [{ value: 'a' }] }),
    );
    expect(
      patched(before, { op: 'replace', path: 'members', value: [{ value: 'b', display: null }] }),
    ).toEqual(group({ members: [{ value: 'b' }] }));
  });

  it('R-226 removes one member and adds another in one request', () => {
    const before = group({ members: [{ value: 'a' }, { value: 'b' }] });
    expect(
      patched(
        before,
        { op: 'remove', path: 'members[value eq "a"]' },
        { op: 'add', path: 'members', value: [{ value: 'c', display: 'c@x.org' }] },
      ),
    ).toEqual(group({ members: [{ value: 'b' }, { value: 'c' }] }));
  });
});

describe('authentik', () => {
  it('sends a whole group, with id and schemas, as a replace without path', () => {
    const before = group({ externalId: 'old', members: [{ value: 'a' }] });
    const { meta: _, ...whole } = group({ displayName: 'n', externalId: 'new', members: [] });
    expect(patched(before, { op: 'replace', value: whole })).toEqual(
      group({ displayName: 'n', externalId: 'new' }),
    );
  });
});
