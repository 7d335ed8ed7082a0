import { describe, expect, it } from 'vitest';
import { errorOf, group, patched, patchedWith, STRICT, Urn, user } from './testing/patches.js';

const emails = [
  { value: 'a@x.org', type: 'work', primary: true },
  { value: 'b@x.org', type: 'home' },
];

describe('PATCH paths', () => {
  it('R-191 applies operations in order, each to what the one before made', () => {
    const result = patched(
      user(),
      { op: 'add', path: 'emails', value: { value: 'a@x.org', type: 'work' } },
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'b@x.org' },
      { op: 'add', path: 'emails[value eq "b@x.org"].display', value: 'B' },
    );
    expect(result.emails).toEqual([{ value: 'b@x.org', type: 'work', display: 'B' }]);
  });

  it('R-192 fails as a whole and leaves the resource untouched', () => {
    const before = user({ emails, title: 'x' });
    const copy = structuredClone(before);
    expect(
      errorOf(() =>
        patched(
          before,
          { op: 'replace', path: 'title', value: 'y' },
          { op: 'remove', path: 'emails' },
          { op: 'replace', path: 'emails[type eq "work"].value', value: 'z' },
        ),
      ),
    ).toBe('400 noTarget');
    expect(before).toEqual(copy);
  });

  it('R-192 checks every path before anything is applied', () => {
    expect(
      errorOf(() =>
        patched(
          user(),
          { op: 'replace', path: 'emails[type eq "work"].value', value: 'z' },
          { op: 'add', path: 'nothing', value: 'x' },
        ),
      ),
    ).toBe('400 invalidPath');
  });

  it.each([
    'emails[',
    '1abc',
    'a..b',
    '',
    ' ',
    'emails]',
    'emails[type eq "work"',
    '[]',
    'emails[type eq "work"]value',
    'name.',
    '.name',
    'userName/0',
  ])('R-195 refuses the path %j', (path) => {
    expect(errorOf(() => patched(user({ emails }), { op: 'add', path, value: 'x' }))).toBe(
      '400 invalidPath',
    );
  });

  it.each([
    'nothing',
    'name.nothing',
    'emails[type eq "work"].nothing',
    'userName[value eq "x"]',
    'name[givenName eq "x"]',
    'emails.value[type eq "work"]',
    'userName.value',
    'urn:example:none:title',
    `${Urn.ENTERPRISE}:nothing`,
    `${Urn.ENTERPRISE}[a eq 1]`,
    '__proto__',
    '__proto__.polluted',
    'constructor.prototype',
    'constructor',
    'emails.__proto__',
  ])('R-196 refuses the path %s', (path) => {
    expect(errorOf(() => patched(user(), { op: 'add', path, value: 'x' }))).toBe('400 invalidPath');
    expect(errorOf(() => patched(user(), { op: 'remove', path }))).toBe('400 invalidPath');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    'emails[primary gt true]',
    'emails[type xx "work"]',
    'emails[nothing eq "x"]',
    'emails[]',
    'emails[type eq work]',
    'emails[__proto__ eq "x"].value',
  ])('R-197 refuses the filter in %s', (path) => {
    expect(errorOf(() => patched(user({ emails }), { op: 'remove', path }))).toBe(
      '400 invalidFilter',
    );
  });

  it.each(['nickname', 'NICKNAME', `${Urn.User}:nickName`, `${Urn.User.toUpperCase()}:NickName`])(
    'R-198 finds nickName by %s',
    (path) => {
      expect(patched(user(), { op: 'add', path, value: 'x' })).toEqual(user({ nickName: 'x' }));
    },
  );

  it('R-198 finds sub-attributes and filters in any case', () => {
    const path = 'EMAILS[TYPE EQ "Home"].VALUE';
    expect(patched(user({ emails }), { op: 'replace', path, value: 'c' }).emails).toEqual([
      emails[0],
      { value: 'c', type: 'home' },
    ]);
  });

  it.each([
    'id',
    'meta.created',
    'meta',
    'groups',
    'groups[value eq "x"]',
    'groups.value',
    `${Urn.ENTERPRISE}:manager.displayName`,
  ])('R-199 refuses to replace or add %s', (path) => {
    expect(errorOf(() => patched(user(), { op: 'replace', path, value: 'x' }))).toBe(
      '400 mutability',
    );
    expect(errorOf(() => patched(user(), { op: 'add', path, value: 'x' }))).toBe('400 mutability');
  });

  it('R-200 sets an immutable attribute once', () => {
    const path = `${Urn.BADGE}:number`;
    const once = patched(user(), { op: 'add', path, value: '7' });
    expect(once).toEqual(user({ [Urn.BADGE]: { number: '7' } }));
    expect(patched(once, { op: 'replace', path, value: '7' })).toBe(once);
    expect(errorOf(() => patched(once, { op: 'replace', path, value: '8' }))).toBe(
      '400 mutability',
    );
    expect(errorOf(() => patched(once, { op: 'add', path, value: '8' }))).toBe('400 mutability');
    expect(errorOf(() => patched(once, { op: 'remove', path }))).toBe('400 mutability');
    expect(errorOf(() => patched(once, { op: 'remove', path: Urn.BADGE }))).toBe('400 mutability');
  });

  it('R-200 sets an immutable sub-attribute once', () => {
    const path = `${Urn.BADGE}:photo.taken`;
    const once = patched(user(), { op: 'add', path, value: '2026-01-01T00:00:00Z' });
    expect(patched(once, { op: 'add', path, value: '2026-01-01T00:00:00Z' })).toBe(once);
    const other = { op: 'replace', path, value: '2027-01-01T00:00:00Z' };
    expect(errorOf(() => patched(once, other))).toBe('400 mutability');
    expect(errorOf(() => patched(once, { op: 'remove', path }))).toBe('400 mutability');
    const members = group({ members: [{ value: 'a', type: 'User' }] });
    const change = { op: 'replace', path: 'members[value eq "a"].value', value: 'b' };
    expect(errorOf(() => patched(members, change))).toBe('400 mutability');
  });

  it.each([
    ['active', 1],
    ['active', 'maybe'],
    ['title', 1],
    ['title', ['x']],
    ['title', { value: 'x' }],
    ['name', 'x'],
    ['name', ['x']],
    ['name.givenName', 1],
    ['emails', [1, true]],
    ['emails', { value: 1 }],
    ['emails[type eq "work"].primary', 'x'],
    ['emails[type eq "work"]', 7],
    ['emails[type eq "work"]', [{ value: 'x' }, { value: 'y' }]],
    [Urn.ENTERPRISE, 'x'],
    [Urn.ENTERPRISE, { manager: [1] }],
    ['x509Certificates', [{ value: '?' }]],
    [`${Urn.BADGE}:photo.taken`, 'yesterday'],
  ])('R-201 refuses for %s the value %j', (path, value) => {
    for (const op of ['add', 'replace']) {
      expect(errorOf(() => patched(user({ emails }), { op, path, value }))).toBe(
        '400 invalidValue',
      );
    }
  });

  it.each(['x', 1, true, null, [], ['x']])('R-201 refuses without path the value %j', (value) => {
    for (const op of ['add', 'replace']) {
      expect(errorOf(() => patched(user(), { op, value }))).toBe('400 invalidValue');
    }
  });

  it.each([
    ['add', 'emails', { value: 'c', primary: true }],
    ['add', 'emails[value eq "b@x.org"].primary', true],
    ['replace', 'emails[value eq "b@x.org"]', { value: 'c', primary: 'True' }],
    ['add', 'emails', { value: 'b@x.org', type: 'home', primary: true }],
  ])('R-203 %s %s takes the flag from the other element', (op, path, value) => {
    const result = patched(user({ emails }), { op, path, value }).emails;
    const list = result as unknown as readonly { value: string; primary?: boolean }[];
    expect(list.filter((email) => email.primary === true)).toHaveLength(1);
    expect(list[0]).toEqual({ ...emails[0], primary: false });
  });

  it('R-204 refuses a value with two primary elements', () => {
    const two = [
      { value: 'c', primary: true },
      { value: 'd', primary: true },
    ];
    for (const op of ['add', 'replace']) {
      expect(errorOf(() => patched(user(), { op, path: 'emails', value: two }))).toBe(
        '400 invalidValue',
      );
    }
    for (const path of ['emails.primary', 'emails[value pr].primary']) {
      expect(errorOf(() => patched(user({ emails }), { op: 'replace', path, value: true }))).toBe(
        '400 invalidValue',
      );
    }
  });

  it('R-205 R-206 an extension comes and goes with its attributes', () => {
    const path = `${Urn.ENTERPRISE}:employeeNumber`;
    const added = patched(user(), { op: 'add', path, value: '7' });
    expect(added).toEqual(user({ [Urn.ENTERPRISE]: { employeeNumber: '7' } }));
    expect(added.schemas).toEqual([Urn.User, Urn.ENTERPRISE]);
    expect(patched(added, { op: 'remove', path })).toEqual(user());
    expect(patched(added, { op: 'replace', path, value: null })).toEqual(user());
  });

  it('R-207 the URN of an extension as path takes an object', () => {
    const before = user({ [Urn.ENTERPRISE]: { department: 'd', costCenter: 'c' } });
    const value = { Department: 'e', employeeNumber: '7' };
    for (const op of ['add', 'replace']) {
      expect(patched(before, { op, path: Urn.ENTERPRISE.toLowerCase(), value })).toEqual(
        user({ [Urn.ENTERPRISE]: { department: 'e', costCenter: 'c', employeeNumber: '7' } }),
      );
    }
    expect(patched(before, { op: 'remove', path: Urn.ENTERPRISE })).toEqual(user());
    expect(patched(before, { op: 'replace', path: Urn.ENTERPRISE, value: null })).toEqual(user());
  });

  it('keeps what only the service knows when an extension is dropped', () => {
    const before = user({ [Urn.BADGE]: { issued: '2026-01-01T00:00:00Z', doors: ['a'] } });
    expect(patched(before, { op: 'remove', path: Urn.BADGE })).toEqual(
      user({ [Urn.BADGE]: { issued: '2026-01-01T00:00:00Z' } }),
    );
  });

  describe('schemas', () => {
    const before = user({ [Urn.ENTERPRISE]: { department: 'd' } });

    it('removing a URN drops the attributes of the extension, for later operations too', () => {
      const remove = { op: 'remove', path: `schemas[value eq "${Urn.ENTERPRISE}"]` };
      expect(patched(before, remove)).toEqual(user());
      expect(patched(before, { op: 'replace', path: 'schemas', value: [Urn.User] })).toEqual(
        user(),
      );
      expect(patched(before, { op: 'remove', path: 'schemas', value: [Urn.ENTERPRISE] })).toEqual(
        user(),
      );
      const change = { op: 'replace', path: `${Urn.ENTERPRISE}:manager`, value: 'm' };
      expect(patched(before, remove, change)).toEqual(
        user({ [Urn.ENTERPRISE]: { manager: { value: 'm' } } }),
      );
    });

    it('the base schema stays', () => {
      for (const operation of [
        { op: 'remove', path: 'schemas' },
        { op: 'remove', path: `schemas[value eq "${Urn.User}"]` },
        { op: 'replace', path: 'schemas', value: [Urn.ENTERPRISE] },
        { op: 'replace', path: 'schemas', value: [] },
      ]) {
        expect(errorOf(() => patched(before, operation))).toBe('400 mutability');
      }
    });

    it('adding a URN changes nothing until there are attributes', () => {
      const add = { op: 'add', path: 'schemas', value: [Urn.ENTERPRISE, Urn.User] };
      expect(patched(before, add)).toBe(before);
    });

    it('R-048 ignores a URN it does not know, unless strict', () => {
      const add = { op: 'add', path: 'schemas', value: ['urn:example:none'] };
      expect(patched(before, add)).toBe(before);
      expect(errorOf(() => patchedWith(STRICT, before, add))).toBe('400 invalidValue');
    });
  });

  it('tells which of several operations is wrong', () => {
    expect(() =>
      patched(user(), { op: 'add', path: 'title', value: 'x' }, { op: 'remove', path: 'id' }),
    ).toThrow(/^Operation 2: id /);
  });
});
