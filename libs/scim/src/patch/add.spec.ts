import { describe, expect, it } from 'vitest';
import {
  errorOf,
  group,
  patched,
  patchedWith,
  SRAM_GROUP,
  STRICT,
  Urn,
  user,
} from './testing/patches.js';

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

  it('R-219 clears all of a manager', () => {
    const before = user({ [Urn.ENTERPRISE]: { manager: { value: 'm', displayName: 'M' } } });
    for (const value of ['', { value: null }, null]) {
      expect(patched(before, { op: 'add', path: `${Urn.ENTERPRISE}:manager`, value })).toEqual(
        user(),
      );
    }
    expect(patched(before, { op: 'remove', path: `${Urn.ENTERPRISE}:manager.value` })).toEqual(
      user(),
    );
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
    for (const value of [{}, { displayName: 'x' }, { $ref: null }]) {
      expect(patched(before, { op: 'add', path: `${Urn.ENTERPRISE}:manager`, value })).toBe(before);
    }
    expect(
      errorOf(() =>
        patchedWith(STRICT, before, { op: 'add', path: `${Urn.ENTERPRISE}:manager`, value: 'm' }),
      ),
    ).toBe('400 invalidValue');
  });

  it('R-310 takes {value} for an element of a list of plain strings, unless strict', () => {
    const path = `${Urn.BADGE}:doors`;
    const value = [{ value: '1' }, { value: '2', $ref: null }];
    const opened = patched(user(), { op: 'Add', path, value });
    expect(opened[Urn.BADGE]).toEqual({ doors: ['1', '2'] });
    const closed = patched(opened, { op: 'Remove', path, value: [{ value: '1' }] });
    expect(closed[Urn.BADGE]).toEqual({ doors: ['2'] });
    for (const wrong of [[{ value: '1', display: 'x' }], [{ value: {} }], [{}], [['1']]]) {
      expect(errorOf(() => patched(user(), { op: 'Add', path, value: wrong }))).toBe(
        '400 invalidValue',
      );
    }
    expect(errorOf(() => patchedWith(STRICT, user(), { op: 'add', path, value }))).toBe(
      '400 invalidValue',
    );
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

describe('creation from a filter', () => {
  it('R-216 refuses a value that the filter would not find', () => {
    const value = { type: 'home', value: 'x' };
    expect(
      errorOf(() => patched(user(), { op: 'add', path: 'emails[type eq "work"]', value })),
    ).toBe('400 noTarget');
  });
});
