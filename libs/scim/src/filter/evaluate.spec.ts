import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.js';
import { compileElementFilter, compileFilter } from './evaluate.js';
import { parseValueFilter } from './parser.js';
import { parseFilter, resolveValueFilter } from './resolve.js';
import { EXTRA, group, user } from './testing/types.js';
import { touchedAttributes } from './touched.js';

const ENT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const SRAM = 'urn:mace:surf.nl:sram:scim:extension:User';
const LABELS = 'urn:mace:surf.nl:sram:scim:extension:Group';

const barbara: JsonObject = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', ENT],
  id: '2819c223-AbCd',
  externalId: 'Ext-1',
  userName: 'BJensen',
  name: { familyName: "O'Malley", givenName: 'Barbara' },
  title: '',
  active: false,
  emails: [
    { value: 'bj@a.org', type: 'home' },
    { value: 'bj@b.org', type: 'work', primary: true },
  ],
  x509Certificates: [{ value: 'Zm8=' }],
  meta: {
    resourceType: 'User',
    created: '2011-05-13T04:42:34.1234567Z',
    lastModified: '2011-05-13T04:42:35',
  },
  [ENT]: { department: 'Tour Operations', manager: { value: '26118915' } },
  [SRAM]: { sramInactiveDays: 9 },
};
const empty: JsonObject = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  id: 'e',
  userName: 'empty',
  meta: { resourceType: 'User', created: '2011-05-13T04:42:34Z', lastModified: 'broken' },
};

const matches = (text: string, resource = barbara, type = user) =>
  compileFilter(parseFilter(text, type))(resource);

describe('compileFilter', () => {
  it.each([
    ['R-110', 'userName eq "bjensen"', true],
    ['R-110', 'USERNAME EQ "BJENSEN"', true],
    ['R-110', 'userName eq "bjense"', false],
    ['R-111', 'externalId eq "Ext-1"', true],
    ['R-111', 'externalId eq "ext-1"', false],
    ['R-111', 'id eq "2819c223-AbCd"', true],
    ['R-111', 'id eq "2819c223-abcd"', false],
    ['R-112', 'userName ne "bjensen"', false],
    ['R-112', 'userName ne "x"', true],
    ['R-113', 'name.familyName co "\'mall"', true],
    ['R-113', 'name.familyName sw "o\'"', true],
    ['R-113', 'name.familyName ew "LEY"', true],
    ['R-113', 'name.familyName sw "O\'Malley"', true],
    ['R-113', 'name.familyName ew "O\'Malley"', true],
    ['R-113', 'name.familyName sw "malley"', false],
    ['R-113', 'name.familyName ew "o\'"', false],
    ['R-074 R-114', 'title pr', false],
    ['R-114', 'name pr', true],
    ['R-114', 'name.middleName pr', false],
    ['R-114', 'emails pr', true],
    ['R-115', 'active pr', true],
    ['R-116', 'userName gt "BA"', true],
    ['R-116', 'userName lt "bjensen"', false],
    ['R-116', 'userName le "bjensen"', true],
    ['R-116', 'userName ge "bjensen"', true],
    ['R-116', 'userName gt "bjensen"', false],
    ['R-116', 'meta.lastModified gt "2011-05-13T04:42:34Z"', true],
    ['R-116', 'meta.lastModified lt "2011-05-13T05:42:34+01:00"', false],
    ['R-116', `${SRAM}:sramInactiveDays lt 10`, true],
    ['R-116', `${SRAM}:sramInactiveDays gt 10`, false],
    ['R-117', 'meta.created eq "2011-05-13T06:42:34.12345670+02:00"', true],
    ['R-117', 'meta.created eq "2011-05-13T04:42:34.123Z"', false],
    ['R-119', 'x509Certificates.value eq "Zm8"', true],
    ['R-123', 'emails.type eq "work"', true],
    ['R-123', 'emails.type eq "other"', false],
    ['R-124', 'emails[type eq "work" and value co "@a"]', false],
    ['R-124', 'emails.type eq "work" and emails.value co "@a"', true],
    ['R-125', 'emails[type eq "work" or (type eq "home" and value ew "@a")]', true],
    ['R-126', 'emails co "b.org"', true],
    ['R-129', `${ENT}:department eq "tour operations"`, true],
    ['R-129', `${ENT.toUpperCase()}:manager.value eq "26118915"`, true],
    ['R-130', `schemas eq "${ENT}"`, true],
    ['R-130', `schemas eq "${SRAM}"`, false],
    ['R-136', 'name.familyName eq "\\u004f\'Malley"', true],
    ['R-138', 'active eq false', true],
    ['R-138', 'nickName ne "x"', true],
    ['R-139', 'emails[primary eq false and type eq "home"]', true],
    ['R-139', 'emails[primary eq false and type eq "work"]', false],
    ['R-139', 'emails.primary eq false', true],
    ['R-141', 'emails[type eq "work"].value eq "bj@b.org"', true],
    ['R-141', 'emails[type eq "work"].value eq "bj@a.org"', false],
    ['R-142', 'department sw "tour"', true],
    ['R-143', 'manager eq "26118915"', true],
    ['R-148', 'userName co "%"', false],
    ['R-148', 'userName eq "b______"', false],
    ['R-149', 'userName eq "ＢＪｅｎｓｅｎ"', true],
    // Multi-valued and ne: any element that differs.
    ['R-138', 'emails.type ne "work"', true],
    ['R-138', 'emails.display ne "x"', true],
    ['R-138', 'emails[display ne "x"]', true],
    ['R-138', 'x509Certificates.value ne "Zm8"', false],
    ['R-138', 'ims.value ne "x"', true],
    ['R-138', 'ims[value ne "x"]', false],
  ])('%s %s is %s', (_, text, expected) => {
    expect(matches(text)).toBe(expected);
    expect(matches(`not (${text})`)).toBe(!expected);
  });

  it.each([
    ['R-138', 'active eq false', false],
    ['R-138', 'active eq true', false],
    ['R-138', 'active ne true', true],
    ['R-138', 'title ne "x"', true],
    ['R-114', 'emails pr', false],
    ['R-114', 'name pr', false],
    ['R-137', 'nickName eq null', true],
    ['R-137', 'nickName ne null', false],
    ['R-138', 'userName gt "" and nickName lt "z"', false],
    ['R-139', 'emails[primary eq false]', false],
    ['R-139', 'emails.primary ne false', true],
    ['R-116', 'meta.lastModified gt "0001-01-01T00:00:00Z"', false],
    ['R-126', 'emails co ""', false],
    ['R-129', `${ENT}:manager.value eq "1"`, false],
  ])('%s of a resource with little assigned %s is %s', (_, text, expected) => {
    expect(matches(text, empty)).toBe(expected);
  });

  it('R-149 prepares both sides', () => {
    const resource = { ...empty, userName: 'Ｅ\u0301MILE', nickName: 'E\u0301' };
    expect(matches('userName eq "\u00e9mile"', resource)).toBe(true);
    expect(matches('nickName eq "\u00e9"', resource)).toBe(true);
  });

  it('R-114 an empty list is not present, and every ne is true of it', () => {
    const resource = { ...empty, emails: [], name: {} };
    expect(matches('emails pr', resource)).toBe(false);
    expect(matches('name pr', resource)).toBe(false);
    expect(matches('emails.value ne "x"', resource)).toBe(true);
    expect(matches('emails[value ne "x"]', resource)).toBe(false);
  });

  it('R-144 finds groups by the URI of a member, in the form members are kept', () => {
    const admins = {
      ...empty,
      displayName: 'Admins',
      members: [{ value: 'u-1', type: 'User' }],
      [LABELS]: { labels: ['a', 'B'] },
    };
    expect(matches('members[$ref eq "https://h/v2/Users/u-1"]', admins, group)).toBe(true);
    expect(matches('members.$ref eq "/Users/u-2"', admins, group)).toBe(false);
    expect(matches('members eq "u-1"', admins, group)).toBe(true);
    expect(matches(`${LABELS}:labels eq "b"`, admins, group)).toBe(true);
    expect(matches(`${LABELS}:labels[value eq "b"]`, admins, group)).toBe(true);
    expect(matches(`${LABELS}:labels[value eq "c"]`, admins, group)).toBe(false);
    expect(matches(`${LABELS}:labels ne "b"`, admins, group)).toBe(true);
  });

  it('compares every type, of sub-attributes with several values as well', () => {
    const resource = {
      ...empty,
      [EXTRA]: {
        height: 1.8,
        tags: ['Red'],
        visits: ['2020-01-01T00:00:00Z', '2021-01-01T00:00:00Z'],
        keys: [{ app: 'wiki', scopes: ['read', 'write'] }, { app: 'mail' }],
      },
    };
    const yes = [
      'height gt 1.75',
      'height eq 18e-1',
      'tags eq "Red"',
      'visits gt "2020-06-01T00:00:00+05:00"',
      'visits lt "2020-06-01T00:00:00+05:00"',
      'keys.scopes eq "write"',
      'keys[app eq "wiki" and scopes co "rea"]',
      'keys[app eq "mail" and not (scopes pr)]',
      'keys.scopes ne "read"',
    ];
    const no = [
      'height lt 1.75',
      'tags eq "red"',
      'visits gt "2022-01-01T00:00:00Z"',
      'keys[app eq "mail" and scopes pr]',
      'keys[app eq "mail" and scopes eq "read"]',
    ];
    for (const text of yes) expect([text, matches(text, resource)]).toEqual([text, true]);
    for (const text of no) expect([text, matches(text, resource)]).toEqual([text, false]);
  });

  it('survives kept values that do not fit the schema', () => {
    const broken = { ...empty, userName: 5, emails: [null, 'x', { value: 7 }], name: 'x', meta: 1 };
    for (const text of ['userName eq "5"', 'emails.value eq "7"', 'emails[value eq "7"]']) {
      expect(matches(text, broken)).toBe(false);
    }
    expect(matches('name.givenName pr or meta.created pr', broken)).toBe(false);
    expect(matches('name.givenName pr', { ...empty, name: null })).toBe(false);
  });

  const LEAVES: readonly (readonly [string, (resource: JsonObject) => boolean])[] = [
    ['userName eq "a"', (r) => String(r.userName).toLowerCase() === 'a'],
    ['userName gt "a"', (r) => String(r.userName).toLowerCase() > 'a'],
    ['title pr', (r) => r.title !== undefined && r.title !== ''],
    ['title ne "x"', (r) => String(r.title).toLowerCase() !== 'x'],
    ['active eq true', (r) => r.active === true],
    ['nickName eq null', (r) => r.nickName === undefined],
  ];
  type Tree =
    | { readonly leaf: number }
    | { readonly operator: 'and' | 'or'; readonly left: Tree; readonly right: Tree }
    | { readonly negated: Tree };

  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.record({ leaf: fc.nat({ max: LEAVES.length - 1 }) }),
      fc.record({
        operator: fc.constantFrom('and' as const, 'or' as const),
        left: tie('tree'),
        right: tie('tree'),
      }),
      fc.record({ negated: tie('tree') }),
    ),
  }));
  const print = (node: Tree): string => {
    if ('leaf' in node) return LEAVES[node.leaf]?.[0] ?? '';
    if ('negated' in node) return `not (${print(node.negated)})`;
    // Parentheses only where precedence needs them.
    const side = (child: Tree) =>
      node.operator === 'and' && 'operator' in child && child.operator === 'or'
        ? `(${print(child)})`
        : print(child);
    return `${side(node.left)} ${node.operator} ${side(node.right)}`;
  };
  const naive = (node: Tree, resource: JsonObject): boolean => {
    if ('leaf' in node) return LEAVES[node.leaf]?.[1](resource) ?? false;
    if ('negated' in node) return !naive(node.negated, resource);
    return node.operator === 'and'
      ? naive(node.left, resource) && naive(node.right, resource)
      : naive(node.left, resource) || naive(node.right, resource);
  };
  const subject = fc.record(
    {
      userName: fc.constantFrom('a', 'A', 'b', ''),
      title: fc.constantFrom('x', 'X', '', 'y'),
      active: fc.boolean(),
      nickName: fc.constant('n'),
    },
    { requiredKeys: ['userName'] },
  );

  it('R-121 and, or and not agree with evaluating them one by one', () => {
    fc.assert(
      fc.property(tree, subject, (node, resource) => {
        expect(matches(print(node), resource)).toBe(naive(node, resource));
      }),
      { numRuns: 300 },
    );
  });
});

describe('compileElementFilter', () => {
  it('tests one element, also of a simple attribute', () => {
    const emails = user.attributes.get('emails');
    const labels = group.extensionByUrn
      .get(LABELS.toLowerCase())
      ?.attributes.find(({ name }) => name === 'labels');
    if (emails === undefined || labels === undefined) throw new Error('schema has changed');
    const text = 'type eq "work" and primary eq false';
    const parsed = parseValueFilter(text, 0, text.length, {});
    const test = compileElementFilter(resolveValueFilter(parsed, emails), emails);
    expect(test({ type: 'WORK', value: 'x' })).toBe(true);
    expect(test({ type: 'work', primary: true })).toBe(false);
    expect(test('work')).toBe(false);

    const simple = parseValueFilter('value sw "a"', 0, 12, {});
    const label = compileElementFilter(resolveValueFilter(simple, labels), labels);
    expect(label('Ab')).toBe(true);
    expect(label('ba')).toBe(false);
  });
});

describe('touchedAttributes', () => {
  it('names the top-level attributes that a filter reads', () => {
    const text = `members.value eq "1" and not (${LABELS}:labels pr or members[type eq "User"])`;
    expect(touchedAttributes(parseFilter(text, group))).toEqual(
      new Set(['members', `${LABELS}:labels`]),
    );
    expect(touchedAttributes(parseFilter('meta.resourceType eq "x"', user)).size).toBe(0);
  });
});
