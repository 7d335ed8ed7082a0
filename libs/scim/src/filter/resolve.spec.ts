import { describe, expect, it } from 'vitest';
import { ScimError } from '../errors.js';
import type { ResolveOptions } from './bind.js';
import { parseValueFilter } from './parser.js';
import { printFilter } from './print.js';
import { parseFilter, resolveValueFilter } from './resolve.js';
import { EXTRA, group, user } from './testing/types.js';

const ENT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const SRAM = 'urn:mace:surf.nl:sram:scim:extension:User';
const BASE = 'urn:ietf:params:scim:schemas:core:2.0:User';

const bound = (text: string, options: ResolveOptions = {}, type = user) =>
  printFilter(parseFilter(text, type, options));

function refusal(text: string, options: ResolveOptions = {}, type = user): ScimError {
  try {
    parseFilter(text, type, options);
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe('parseFilter', () => {
  it.each([
    ['USERNAME eq "x"', 'userName eq "x"'],
    [`${BASE}:userName sw "J"`, 'userName sw "J"'],
    [`${BASE.toUpperCase()}:NAME.givenname pr`, 'name.givenName pr'],
    [`${ENT}:department eq "x"`, `${ENT}:department eq "x"`],
    [`${ENT.toUpperCase()}:Manager.VALUE eq "1"`, `${ENT}:manager.value eq "1"`],
    [`${SRAM}:sramInactiveDays gt 9`, `${SRAM}:sramInactiveDays gt 9`],
    ['emails[TYPE eq "work"]', 'emails[type eq "work"]'],
    ['META.lastmodified ge "2011-05-13T04:42:34"', 'meta.lastModified ge "2011-05-13T04:42:34"'],
  ])('R-110 R-128 R-129 binds %s in schema spelling', (text, printed) => {
    expect(bound(text)).toBe(printed);
    expect(bound(text, { lenient: false })).toBe(printed);
  });

  it.each([
    ['emails co "example.com"', 'emails.value co "example.com"'],
    ['emails.value co "example.com"', 'emails.value co "example.com"'],
    ['name eq null', 'not (name pr)'],
    ['emails pr', 'emails pr'],
  ])('R-126 a complex attribute stands for its value: %s', (text, printed) => {
    expect(bound(text, { lenient: false })).toBe(printed);
  });

  it.each(['name co "x"', 'name eq "x"', 'meta gt "2011-05-13T04:42:34Z"'])(
    'R-127 %s needs a sub-attribute',
    (text) => {
      expect(refusal(text)).toMatchObject({ status: 400, scimType: 'invalidFilter' });
      expect(refusal(text).detail).toContain('compare one of its sub-attributes');
    },
  );

  it.each([
    'active gt true',
    'active le false',
    'emails[primary gt true]',
    'x509Certificates.value ge "AA"',
    'x509Certificates lt "AA"',
  ])('R-118 %s has no order', (text) => {
    expect(refusal(text)).toMatchObject({ status: 400, scimType: 'invalidFilter' });
  });

  it.each([
    'active co "t"',
    'meta.created co "2011"',
    'x509Certificates.value sw "AA"',
    `${SRAM}:sramInactiveDays co 1`,
    `${SRAM}:sramInactiveDays eq "1"`,
    'userName eq 5',
    'userName eq true',
    'active eq "yes"',
    'active eq 1',
    'meta.created gt "yesterday"',
    'meta.created gt 2011',
    'x509Certificates.value eq "*"',
  ])('R-119 %s does not fit the type', (text) => {
    expect(refusal(text)).toMatchObject({ status: 400, scimType: 'invalidFilter' });
    expect(refusal(text).detail).toContain('character 1');
  });

  it.each([
    ['active eq "True"', 'active eq true'],
    ['active ne "FALSE"', 'active ne false'],
    ['roles[primary eq "True"]', 'roles[primary eq true]'],
  ])('R-120 %s is the boolean, but not strictly', (text, printed) => {
    expect(bound(text)).toBe(printed);
    expect(refusal(text, { lenient: false }).scimType).toBe('invalidFilter');
  });

  it('R-132 an unknown attribute is refused on one type, and named', () => {
    expect(refusal('nope eq "x"').detail).toContain('User has no attribute "nope"');
    expect(refusal('title pr and members pr').detail).toContain('character 14');
    expect(refusal('emails[nope pr]').detail).toContain('emails has no attribute "nope"');
    for (const name of ['constructor', 'toString', 'hasOwnProperty', 'name.constructor']) {
      expect(refusal(`${name} pr`).scimType).toBe('invalidFilter');
    }
  });

  it.each([
    ['nope eq "x"', false],
    ['nope co "x"', false],
    ['nope gt 5', false],
    ['nope ne "x"', true],
    ['nope pr', false],
    ['nope eq null', true],
    ['nope ne null', false],
    ['not (nope pr)', true],
    ['nope[x eq 1]', false],
    ['emails[nope eq "x"]', false],
    ['userName pr and nope pr', false],
    ['userName pr or nope ne 1', true],
  ])('R-103 R-131 at the root %s is unassigned: %s', (text, value) => {
    expect(parseFilter(text, user, { unknown: 'unassigned' })).toEqual({ kind: 'constant', value });
  });

  it('R-131 constants vanish beside what is known', () => {
    const options = { unknown: 'unassigned' } as const;
    expect(bound('nope pr or userName pr', options)).toBe('userName pr');
    expect(bound('emails[nope ne "x"]', options)).toBe('emails pr');
    expect(refusal('nope gt null', options).scimType).toBe('invalidFilter');
  });

  it.each([
    ['meta.resourceType eq "User"', true, false],
    ['meta.resourceType eq "user"', false, false],
    ['meta.resourceType ne "User"', false, true],
    ['meta.resourceType sw "U"', true, false],
    ['meta.resourceType pr', true, true],
    ['meta.resourceType eq null', false, false],
    ['not (meta.resourceType eq "Group")', true, false],
  ])('R-102 the type of every resource is known: %s', (text, forUser, forGroup) => {
    expect(parseFilter(text, user)).toEqual({ kind: 'constant', value: forUser });
    expect(parseFilter(text, group)).toEqual({ kind: 'constant', value: forGroup });
  });

  it('R-137 null is about being assigned', () => {
    expect(bound('nickName eq null')).toBe('not (nickName pr)');
    expect(bound('nickName ne null')).toBe('nickName pr');
    expect(bound('not (nickName eq null)')).toBe('nickName pr');
    expect(refusal('nickName gt null').scimType).toBe('invalidFilter');
    expect(refusal('nickName co null').scimType).toBe('invalidFilter');
  });

  it.each([
    ['emails[primary eq false]', 'emails[not (primary eq true)]'],
    ['emails[primary ne false]', 'emails[primary eq true]'],
    ['emails.primary eq false', 'emails[not (primary eq true)]'],
    ['emails.primary ne false', 'emails.primary eq true or not (emails pr)'],
    ['emails.primary eq true', 'emails.primary eq true'],
  ])('R-139 an absent primary is false: %s', (text, printed) => {
    expect(bound(text)).toBe(printed);
  });

  it.each([
    [`${ENT}.department eq "x"`, `${ENT}:department eq "x"`],
    [`${BASE}.userName eq "x"`, 'userName eq "x"'],
    ['employeeNumber eq "1"', `${ENT}:employeeNumber eq "1"`],
    ['manager.value pr', `${ENT}:manager.value pr`],
  ])('R-142 finds %s, but not strictly', (text, printed) => {
    expect(bound(text)).toBe(printed);
    expect(refusal(text, { lenient: false }).detail).toContain('no attribute');
  });

  it('R-142 a bare name that two extensions have is unknown', () => {
    expect(refusal('voPersonExternalAffiliation pr').detail).toContain('no attribute');
  });

  it('R-143 references compare by value, but not strictly', () => {
    expect(bound(`${ENT}:manager eq "7"`)).toBe(`${ENT}:manager.value eq "7"`);
    expect(bound('members eq "7"', {}, group)).toBe('members.value eq "7"');
    expect(refusal(`${ENT}:manager eq "7"`, { lenient: false }).scimType).toBe('invalidFilter');
    expect(refusal('members eq "7"', { lenient: false }, group).scimType).toBe('invalidFilter');
  });

  it.each([
    ['members[$ref eq "https://h/scim/v2/Users/7"]', 'members[value eq "7"]'],
    ['members.$ref eq "../Users/a%20b/"', 'members.value eq "a b"'],
    ['members.$ref ne "Users/7?x#y"', 'members.value ne "7"'],
    ['members.$ref eq "%zz"', 'members.value eq "%zz"'],
    ['members.$ref pr', 'members.value pr'],
    ['members[$ref eq null]', 'members[not (value pr)]'],
  ])('R-144 $ref is kept as the id: %s', (text, printed) => {
    expect(bound(text, {}, group)).toBe(printed);
  });

  it('R-144 $ref and meta.location know equality only', () => {
    expect(refusal('members.$ref co "7"', {}, group).scimType).toBe('invalidFilter');
    expect(refusal('members.$ref eq 7', {}, group).scimType).toBe('invalidFilter');
    expect(refusal('meta.location sw "https:"').scimType).toBe('invalidFilter');
  });

  it('finds a resource by its location, on its own endpoint only', () => {
    expect(bound('meta.location eq "https://h/scim/v2/Users/7"')).toBe('id eq "7"');
    expect(bound('meta.location ne "/Users/7"')).toBe('id ne "7"');
    const elsewhere = parseFilter('meta.location eq "https://h/v2/Groups/7"', user);
    expect(elsewhere).toEqual({ kind: 'constant', value: false });
    expect(parseFilter('meta.location pr', user)).toEqual({ kind: 'constant', value: true });
  });

  it.each([
    'password sw "a"',
    'password pr',
    'password eq "a"',
    'password ne "a"',
    'password eq null',
    'title pr or not (password pr)',
    `${BASE}:PASSWORD eq "x"`,
  ])('R-145 %s reveals nothing', (text) => {
    expect(refusal(text)).toMatchObject({ status: 400, scimType: 'invalidFilter' });
    expect(refusal(text, { unknown: 'unassigned' }).scimType).toBe('invalidFilter');
  });

  it('R-145 nor does a sub-attribute that is never returned, however it is named', () => {
    const path = `${EXTRA}:keys`;
    for (const text of [
      `${path} eq "x"`,
      `${path}.value pr`,
      `${path}[value sw "x"]`,
      'keys co ""',
    ]) {
      expect(refusal(text).detail).toContain('never returned');
    }
    expect(bound(`${path}.app pr`)).toBe(`${path}.app pr`);
  });

  it('R-146 a sensitive attribute in a URI is 403', () => {
    const sensitive = new Set(['password', 'emails.value']);
    expect(refusal('password eq "x"', { sensitive })).toMatchObject({
      status: 403,
      scimType: 'sensitive',
    });
    for (const text of ['emails co "x"', 'emails.VALUE pr', 'emails[value eq "x"]']) {
      expect(refusal(text, { sensitive }).status).toBe(403);
    }
    expect(bound('emails.type pr', { sensitive })).toBe('emails.type pr');
  });

  it('says what to use instead of a schema', () => {
    expect(refusal(`${ENT} pr`).detail).toContain(`schemas eq "${ENT}"`);
  });

  it.each(['name[givenName pr]', 'emails.value[type pr]', 'userName[value eq "x"]'])(
    'R-134 brackets need a multi-valued attribute: %s',
    (text) => {
      expect(refusal(text).detail).toContain('multi-valued');
    },
  );

  it('takes value of a simple multi-valued attribute', () => {
    const labels = 'urn:mace:surf.nl:sram:scim:extension:Group:labels';
    expect(bound(`${labels}[value eq "x"]`, {}, group)).toBe(`${labels}[value eq "x"]`);
    expect(refusal(`${labels}[type eq "x"]`, {}, group).scimType).toBe('invalidFilter');
  });

  it('flattens, and freezes all of the tree', () => {
    const filter = parseFilter('title pr and (userName pr and (id pr or id pr or id pr))', user);
    expect(filter).toMatchObject({
      kind: 'and',
      operands: [{ kind: 'present' }, { kind: 'present' }, { kind: 'or', operands: [{}, {}, {}] }],
    });
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || Object.isFrozen(value);
    expect(frozen(filter)).toBe(true);
    if (filter.kind === 'and') {
      expect(frozen(filter.operands)).toBe(true);
      for (const operand of filter.operands) {
        expect(frozen(operand)).toBe(true);
        if (operand.kind === 'present') expect(frozen(operand.path)).toBe(true);
      }
    }
  });

  it('R-147 a filter as long as allowed needs no deep stack', () => {
    const filter = parseFilter(Array(800).fill('title pr').join(' or '), user, {
      maxTerms: 800,
    });
    expect(filter).toMatchObject({ kind: 'or', operands: { length: 800 } });
  });
});

describe('resolveValueFilter', () => {
  const emails = user.attributes.get('emails');
  if (emails === undefined) throw new Error('no emails');
  const value = (text: string) =>
    resolveValueFilter(parseValueFilter(text, 0, text.length, {}), emails);

  it('starts at the element', () => {
    expect(value('TYPE eq "work"')).toMatchObject({
      kind: 'compare',
      path: { element: true, attribute: { name: 'type' }, sub: undefined },
    });
  });

  it('R-197 knows types and attributes as any filter', () => {
    expect(() => value('primary gt true')).toThrow(ScimError);
    expect(() => value('userName eq "x"')).toThrow('emails has no attribute');
    expect(() => value('emails.type eq "x"')).toThrow('emails has no attribute');
  });
});
