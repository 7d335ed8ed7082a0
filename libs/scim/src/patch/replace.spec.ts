import { describe, expect, it } from 'vitest';
import { applyPatch } from './apply.js';
import { compilePatch } from './plan.js';
import {
  errorOf,
  Group,
  group,
  LENIENT,
  patched,
  patchedWith,
  patchOp,
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

  it.each([
    [{ op: 'Replace', path: 'emails[type eq "work"].value', value: 'w' }],
    [{ op: 'replace', value: { 'emails[type eq "work"].value': 'w' } }],
  ])('R-238 creates the element in either dialect of Entra: %j', (replace) => {
    expect(patched(user(), replace).emails).toEqual([{ type: 'work', value: 'w' }]);
    expect(errorOf(() => patchedWith(STRICT, user(), replace))).toMatch(/^400 /);
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

  it('an extension that appears must be complete', () => {
    const colour = { op: 'add', path: `${Urn.LOCKER}:colour`, value: 'red' };
    const place = { op: 'add', path: `${Urn.LOCKER}:place`, value: '7' };
    expect(errorOf(() => patched(user(), colour))).toBe('400 invalidValue');
    const both = patched(user(), colour, place);
    expect(both).toEqual(user({ [Urn.LOCKER]: { colour: 'red', place: '7' } }));
    expect(errorOf(() => patched(both, { op: 'remove', path: `${Urn.LOCKER}:place` }))).toBe(
      '400 mutability',
    );
    expect(patched(both, { op: 'remove', path: Urn.LOCKER })).toEqual(user());
  });

  it('does not blame a request for what was missing before', () => {
    const { displayName: _, ...nameless } = group();
    const plan = (operation: unknown) => compilePatch(patchOp(operation), Group, LENIENT);
    const add = plan({ op: 'add', path: 'externalId', value: 'e' });
    expect(applyPatch(add, nameless)).toEqual({ ...nameless, externalId: 'e' });
  });
});
