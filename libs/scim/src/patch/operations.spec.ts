import { describe, expect, it } from 'vitest';
import { applyPatch } from './apply.js';
import {
  CREATING,
  errorOf,
  Group,
  group,
  LENIENT,
  patched,
  patchedWith,
  patchOp,
  SRAM_GROUP,
  STRICT,
  Urn,
  user,
} from './patch-fixture.js';
import { compilePatch } from './plan.js';

const emails = [
  { value: 'a@x.org', type: 'work', primary: true },
  { value: 'b@x.org', type: 'home' },
];
const addresses = [
  { type: 'work', locality: 'Utrecht', region: 'UT' },
  { type: 'home', locality: 'Delft' },
];
const members = [{ value: 'a', type: 'User' }, { value: 'b' }, { value: 'c' }];

describe('PATCH add', () => {
  it('R-209 without path adds each member', () => {
    const value = { emails: [{ value: 'c@x.org' }], nickName: 'n' };
    expect(patched(user({ emails }), { op: 'add', value })).toEqual(
      user({ emails: [...emails, { value: 'c@x.org' }], nickName: 'n' }),
    );
  });

  it('R-210 replaces a singular value and merges a complex one', () => {
    const before = user({ title: 'x', name: { givenName: 'A', familyName: 'L' } });
    expect(patched(before, { op: 'add', path: 'title', value: 'y' }).title).toBe('y');
    expect(
      patched(before, { op: 'add', path: 'name', value: { GivenName: 'B', middleName: null } })
        .name,
    ).toEqual({
      givenName: 'B',
      familyName: 'L',
    });
    expect(
      patched(before, { op: 'replace', path: 'name', value: { givenName: null } }).name,
    ).toEqual({ familyName: 'L' });
  });

  it('R-211 appends every element of an array', () => {
    const value = [{ value: 'c' }, { value: 'd' }];
    expect(patched(user({ emails }), { op: 'add', path: 'emails', value }).emails).toEqual([
      ...emails,
      ...value,
    ]);
  });

  it.each([
    [user({ emails }), 'emails', [{ value: 'b@x.org', type: 'home' }]],
    [user({ emails }), 'emails', { type: 'Home', value: 'B@X.ORG' }],
    [user({ addresses }), 'addresses', addresses[1]],
    [user({ title: 'x' }), 'title', 'x'],
    [user({ name: { givenName: 'A' } }), 'name', { givenName: 'A' }],
    [user({ emails }), 'emails[type eq "home"].value', 'b@x.org'],
    [group({ members }), 'members', [{ value: 'a', display: 'Ada', $ref: 'https://h/Users/a' }]],
    [group({ members }), 'members', []],
    [user({ emails }), 'emails', null],
    [
      group({
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group', SRAM_GROUP],
        [SRAM_GROUP]: { labels: ['x'] },
      }),
      `${SRAM_GROUP}:labels`,
      'x',
    ],
  ])(
    'R-212 R-213 R-245 adding what is there gives the very same resource (%#)',
    (before, path, value) => {
      expect(patched(before, { op: 'add', path, value })).toBe(before);
    },
  );

  it('R-212 an element with the same value and type takes over what is new', () => {
    const value = { value: 'b@x.org', type: 'home', display: 'B' };
    expect(patched(user({ emails }), { op: 'add', path: 'emails', value }).emails).toEqual([
      emails[0],
      value,
    ]);
  });

  it('R-214 creates the parent of a sub-attribute', () => {
    expect(patched(user(), { op: 'add', path: 'name.givenName', value: 'A' })).toEqual(
      user({ name: { givenName: 'A' } }),
    );
  });

  it('R-215 sets the sub-attribute of the matches', () => {
    const path = 'emails[type eq "work"].display';
    expect(patched(user({ emails }), { op: 'add', path, value: 'W' }).emails).toEqual([
      { ...emails[0], display: 'W' },
      emails[1],
    ]);
  });

  it('R-216 creates the element that a filter of eq terms describes, unless strict', () => {
    const add = {
      op: 'add',
      path: 'emails[type eq "other" and primary eq true].value',
      value: 'o',
    };
    expect(patched(user(), add).emails).toEqual([{ type: 'other', primary: true, value: 'o' }]);
    expect(errorOf(() => patchedWith(STRICT, user(), add))).toBe('400 noTarget');
    const whole = { op: 'add', path: 'emails[type eq "work"]', value: { value: 'w' } };
    expect(patched(user(), whole).emails).toEqual([{ type: 'work', value: 'w' }]);
    const role = { op: 'add', path: 'roles[primary eq "True"].display', value: 'R' };
    expect(patched(user(), role).roles).toEqual([{ primary: true, display: 'R' }]);
  });

  it.each([
    'emails[type ne "x"].value',
    'emails[type eq "x" or type eq "y"].value',
    'emails[type eq "x" and type eq "y"].value',
    'emails[not (type eq "x")].value',
    'emails[value pr].value',
    'emails.value',
  ])('R-216 creates nothing from %s', (path) => {
    expect(errorOf(() => patched(user(), { op: 'add', path, value: 'o' }))).toBe('400 noTarget');
  });

  it('R-217 takes dotted keys, URN keys and value paths in a value without path', () => {
    const value = {
      'name.givenName': 'A',
      [`${Urn.ENTERPRISE}:department`]: 'D',
      [`${Urn.ENTERPRISE}:manager.value`]: 'm',
      [Urn.BADGE]: { doors: ['1'] },
      'emails[type eq "work"].value': 'w',
    };
    expect(patched(user(), { op: 'add', value })).toEqual(
      user({
        name: { givenName: 'A' },
        [Urn.ENTERPRISE]: { department: 'D', manager: { value: 'm' } },
        [Urn.BADGE]: { doors: ['1'] },
        emails: [{ type: 'work', value: 'w' }],
      }),
    );
  });

  it('R-217 ignores keys that are no attribute, unless strict', () => {
    const value = JSON.parse(
      '{"Department":"x","__proto__":{"title":"p"},"constructor":1,"a..b":1,"urn:x:y:z":{},"title":"t"}',
    );
    expect(patched(user(), { op: 'replace', value })).toEqual(
      user({ title: 't', [Urn.ENTERPRISE]: { department: 'x' } }),
    );
    expect(errorOf(() => patchedWith(STRICT, user(), { op: 'add', value: { foo: 1 } }))).toBe(
      '400 invalidPath',
    );
    expect(errorOf(() => patched(user(), { op: 'add', value: { 'emails[': 1 } }))).toBe(
      '400 invalidPath',
    );
    expect(errorOf(() => patched(user(), { op: 'add', value: { title: 'a', TITLE: 'b' } }))).toBe(
      '400 invalidSyntax',
    );
  });

  it('R-218 adds members with a null $ref, and by their id alone', () => {
    const value = [{ $ref: null, value: 'd' }, 'e'];
    expect(patched(group({ members }), { op: 'Add', path: 'members', value }).members).toEqual([
      ...members,
      { value: 'd' },
      { value: 'e' },
    ]);
  });

  it.each([
    ['m'],
    [{ value: 'm' }],
    [{ $ref: null, value: 'm' }],
    [{ Value: 'm', displayName: 'ignored' }],
  ])('R-219 sets the manager from %j', (value) => {
    const path = `${Urn.ENTERPRISE}:manager`;
    for (const op of ['Add', 'Replace']) {
      expect(patched(user(), { op, path, value })).toEqual(
        user({ [Urn.ENTERPRISE]: { manager: { value: 'm' } } }),
      );
    }
  });

  it.each([[''], [{ value: '' }], [{ value: null }], [null], [{ $ref: null, value: '' }]])(
    'R-219 clears the manager by %j',
    (value) => {
      const before = user({ [Urn.ENTERPRISE]: { manager: { value: 'm' } } });
      const path = `${Urn.ENTERPRISE}:manager`;
      expect(patched(before, { op: 'Replace', path, value })).toEqual(user());
      expect(patched(before, { op: 'Replace', value: { [path]: value } })).toEqual(user());
      expect(patched(before, { op: 'Remove', path })).toEqual(user());
    },
  );

  it('R-219 leaves the manager where the value says nothing about it', () => {
    const before = user({ [Urn.ENTERPRISE]: { manager: { value: 'm' } } });
    for (const value of [{}, { displayName: 'x' }, { $ref: 'https://h/Users/n' }]) {
      expect(patched(before, { op: 'add', path: `${Urn.ENTERPRISE}:manager`, value })).toBe(before);
    }
    expect(
      errorOf(() =>
        patchedWith(STRICT, before, { op: 'add', path: `${Urn.ENTERPRISE}:manager`, value: 'm' }),
      ),
    ).toBe('400 invalidValue');
  });

  it('adds to and removes from multi-valued sub-attributes', () => {
    const path = `${Urn.BADGE}:photo.tags`;
    const once = patched(user(), { op: 'add', path, value: ['a', 'b'] });
    expect(patched(once, { op: 'add', path, value: ['b', 'c'] })[Urn.BADGE]).toEqual({
      photo: { tags: ['a', 'b', 'c'] },
    });
    expect(patched(once, { op: 'replace', path, value: 'd' })[Urn.BADGE]).toEqual({
      photo: { tags: ['d'] },
    });
    expect(patched(once, { op: 'remove', path })).toEqual(user());
  });
});

describe('PATCH remove', () => {
  it('R-222 unassigns the target and keeps the rest', () => {
    const before = user({ nickName: 'n', emails, name: { givenName: 'A', middleName: 'M' } });
    const result = patched(
      before,
      { op: 'remove', path: 'nickName' },
      { op: 'remove', path: 'emails' },
      { op: 'remove', path: 'name.middleName' },
    );
    expect(result).toEqual(user({ name: { givenName: 'A' } }));
    expect(patched(result, { op: 'remove', path: 'name.givenName' })).toEqual(user());
  });

  it('R-223 removes the elements that meet the whole filter', () => {
    const list = [
      { value: 'x@a.com', type: 'work' },
      { value: 'x@a.com', type: 'home' },
      { value: 'y@b.com', type: 'work' },
    ];
    const remove = { op: 'remove', path: 'emails[type eq "work" and value ew "a.com"]' };
    expect(patched(user({ emails: list }), remove).emails).toEqual([list[1], list[2]]);
    expect(patched(user({ emails: list.slice(0, 1) }), remove)).toEqual(user());
  });

  it('R-224 removes a sub-attribute of the matches; an empty element goes', () => {
    const remove = { op: 'remove', path: 'addresses[type eq "work"].region' };
    expect(patched(user({ addresses }), remove).addresses).toEqual([
      { type: 'work', locality: 'Utrecht' },
      addresses[1],
    ]);
    expect(
      patched(user({ emails: [{ value: 'a' }] }), { op: 'remove', path: 'emails.value' }),
    ).toEqual(user());
  });

  it.each([
    [user(), 'userName'],
    [user(), 'id'],
    [user(), 'groups'],
    [user(), 'meta'],
    [group(), 'displayName'],
    [user(), 'groups[value eq "x"]'],
    [user(), 'schemas'],
  ])('R-225 refuses to remove what is required or readOnly (%#)', (before, path) => {
    expect(errorOf(() => patched(before, { op: 'remove', path }))).toBe('400 mutability');
  });

  it('R-226 removes a member by filter', () => {
    const remove = { op: 'remove', path: 'members[value eq "b"]' };
    expect(patched(group({ members }), remove).members).toEqual([members[0], members[2]]);
  });

  it.each([
    [group({ members }), 'members[value eq "z"]'],
    [group({ members }), 'members[display eq "z"]'],
    [group(), 'members'],
    [user(), 'title'],
    [user(), 'name.givenName'],
    [user(), 'emails[type eq "work"]'],
    [user(), 'emails[type eq "work"].value'],
    [user(), 'emails.value'],
    [user(), Urn.ENTERPRISE],
    [user(), `${Urn.ENTERPRISE}:manager.value`],
  ])('R-227 removing what is not there gives the very same resource (%#)', (before, path) => {
    expect(patched(before, { op: 'remove', path })).toBe(before);
  });

  it('R-228 removes only the members that are listed', () => {
    const value = [{ value: 'a' }, { value: 'z' }];
    expect(patched(group({ members }), { op: 'Remove', path: 'members', value }).members).toEqual([
      members[1],
      members[2],
    ]);
    expect(
      patched(group({ members }), {
        op: 'Remove',
        path: 'members',
        value: { $ref: null, value: 'b' },
      }).members,
    ).toEqual([members[0], members[2]]);
    expect(
      patched(group({ members }), { op: 'Remove', path: 'members', value: [] }).members,
    ).toEqual(members);
    expect(
      errorOf(() =>
        patchedWith(STRICT, group({ members }), { op: 'remove', path: 'members', value }),
      ),
    ).toBe('400 invalidValue');
  });

  it('R-228 removes listed elements of other attributes by what the list says of them', () => {
    expect(
      patched(user({ emails }), { op: 'remove', path: 'emails', value: [{ value: 'A@x.org' }] })
        .emails,
    ).toEqual([emails[1]]);
    expect(
      patched(user({ emails }), {
        op: 'remove',
        path: 'emails',
        value: [{ value: 'a@x.org', type: 'home' }],
      }).emails,
    ).toEqual(emails);
  });

  it('R-229 removes all members', () => {
    expect(patched(group({ members }), { op: 'remove', path: 'members' })).toEqual(group());
    expect(patched(group({ members }), { op: 'remove', path: 'members', value: null })).toEqual(
      group(),
    );
  });
});

describe('PATCH replace', () => {
  it('R-230 without path replaces each member', () => {
    const value = { displayName: 'D', emails: [{ value: 'c' }] };
    expect(patched(user({ emails, title: 't' }), { op: 'replace', value })).toEqual(
      user({ title: 't', ...value }),
    );
  });

  it('R-231 R-232 R-233 sets what is unassigned, keeps other parts of a complex value, replaces lists', () => {
    expect(patched(user(), { op: 'replace', path: 'title', value: 't' })).toEqual(
      user({ title: 't' }),
    );
    const before = user({ name: { givenName: 'A', familyName: 'L' }, emails });
    expect(
      patched(before, { op: 'replace', path: 'name', value: { givenName: 'B' } }).name,
    ).toEqual({ givenName: 'B', familyName: 'L' });
    expect(
      patched(before, { op: 'replace', path: 'emails', value: { value: 'c' } }).emails,
    ).toEqual([{ value: 'c' }]);
    expect(patched(before, { op: 'replace', path: 'name', value: null }).name).toBeUndefined();
  });

  it('R-234 changes every match', () => {
    const list = [
      { value: 'a', type: 'work' },
      { value: 'b', type: 'home' },
      { display: 'c', type: 'work' },
    ];
    expect(
      patched(user({ emails: list }), {
        op: 'replace',
        path: 'emails[type eq "work"].display',
        value: 'x',
      }).emails,
    ).toEqual([
      { value: 'a', type: 'work', display: 'x' },
      list[1],
      { type: 'work', display: 'x' },
    ]);
    expect(
      patched(user({ emails: list }), { op: 'replace', path: 'emails.display', value: 'x' }).emails,
    ).toEqual(list.map((email) => ({ ...email, display: 'x' })));
  });

  it('R-235 R-236 replaces a match as a whole and keeps what the filter says', () => {
    const path = 'addresses[type eq "work"]';
    expect(
      patched(user({ addresses }), { op: 'replace', path, value: { country: 'NL' } }).addresses,
    ).toEqual([{ type: 'work', country: 'NL' }, addresses[1]]);
    expect(
      patched(user({ addresses }), { op: 'replace', path, value: { Type: 'other', country: 'NL' } })
        .addresses,
    ).toEqual([{ type: 'other', country: 'NL' }, addresses[1]]);
    expect(patched(user({ addresses }), { op: 'replace', path, value: null }).addresses).toEqual([
      addresses[1],
    ]);
  });

  it.each(['emails[type eq "work"]', 'emails[type eq "work"].value', 'emails.value'])(
    'R-237 refuses %s without a match',
    (path) => {
      const value = path.endsWith('value') ? 'x' : { value: 'x' };
      for (const options of [LENIENT, STRICT]) {
        expect(errorOf(() => patchedWith(options, user(), { op: 'replace', path, value }))).toBe(
          '400 noTarget',
        );
      }
    },
  );

  it('R-238 creates the element where that is switched on', () => {
    const replace = { op: 'Replace', path: 'emails[type eq "work"].value', value: 'w' };
    expect(patchedWith(CREATING, user(), replace).emails).toEqual([{ type: 'work', value: 'w' }]);
  });

  it.each([
    [{ op: 'replace', path: 'active', value: false }],
    [{ op: 'replace', value: { active: false } }],
    [{ op: 'Replace', path: 'active', value: 'False' }],
    [{ op: 'Add', path: 'ActiVe', value: 'false' }],
  ])('R-239 R-240 deactivates by %j', (operation) => {
    expect(patched(user({ active: true }), operation)).toEqual(user({ active: false }));
  });

  it('R-240 strictly a boolean is no string', () => {
    expect(
      errorOf(() => patchedWith(STRICT, user(), { op: 'replace', path: 'active', value: 'False' })),
    ).toBe('400 invalidValue');
  });

  it('R-241 ignores readOnly members of a value without path, unless strict', () => {
    const replace = {
      op: 'replace',
      value: {
        id: 'other',
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
        meta: {},
        displayName: 'x',
      },
    };
    expect(patched(group({ members }), replace)).toEqual(group({ members, displayName: 'x' }));
    expect(errorOf(() => patchedWith(STRICT, group(), replace))).toBe('400 mutability');
  });

  it.each([
    [{ op: 'replace', path: 'members', value: [] }],
    [{ op: 'replace', value: { members: [] } }],
    [{ op: 'replace', path: 'members', value: null }],
  ])('R-242 empties a group by %j', (operation) => {
    expect(patched(group({ members }), operation)).toEqual(group());
  });

  it('R-243 sets exactly the members given, each once', () => {
    const value = [{ value: 'x', type: 'user' }, { value: 'y' }, { value: 'x' }];
    expect(patched(group({ members }), { op: 'replace', path: 'members', value }).members).toEqual([
      { value: 'x', type: 'User' },
      { value: 'y' },
    ]);
  });

  it.each([
    [null, '400 mutability'],
    ['', '400 invalidValue'],
    ['  ', '400 invalidValue'],
  ])('R-244 replacing userName by %j is refused', (value, error) => {
    expect(errorOf(() => patched(user(), { op: 'replace', path: 'userName', value }))).toBe(error);
    expect(errorOf(() => patched(user(), { op: 'replace', value: { userName: value } }))).toBe(
      error,
    );
  });

  it('R-245 the same value gives the very same resource', () => {
    const before = user({ emails, title: 't', name: { givenName: 'A' } });
    for (const [path, value] of [
      ['emails', emails],
      ['title', 't'],
      ['name', { givenName: 'A' }],
      ['emails[type eq "work"].value', 'a@x.org'],
      ['emails[type eq "work"]', emails[0]],
    ]) {
      expect(patched(before, { op: 'replace', path, value })).toBe(before);
    }
  });

  it('does not blame a request for what was missing before', () => {
    const { displayName: _, ...nameless } = group();
    const plan = (operation: unknown) => compilePatch(patchOp(operation), Group, LENIENT);
    const add = plan({ op: 'add', path: 'externalId', value: 'e' });
    expect(applyPatch(add, nameless)).toEqual({ ...nameless, externalId: 'e' });
  });
});
