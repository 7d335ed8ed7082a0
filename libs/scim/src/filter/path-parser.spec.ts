import { describe, expect, it } from 'vitest';
import { parsePath } from './path-parser.js';

const ENT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const code = (text: string, lenient = true): unknown => {
  try {
    return parsePath(text, { lenient });
  } catch (error) {
    return (error as { scimType?: unknown }).scimType;
  }
};

describe('parsePath', () => {
  it.each([
    'userName',
    'name.familyName',
    'members.$ref',
    ENT,
    `${ENT}:department`,
    `${ENT}:manager.displayName`,
    'urn:mace:surf.nl:sram:scim:extension:User',
  ])('R-198 leaves %s to the schema', (path) => {
    expect(parsePath(path)).toEqual({ path });
  });

  it('reads a value path with and without a sub-attribute', () => {
    const filter = { kind: 'compare', path: 'type', operator: 'eq', value: 'work', position: 7 };
    expect(parsePath('emails[type eq "work"]')).toEqual({ path: 'emails', filter });
    expect(parsePath('emails[type eq "work"].value')).toEqual({
      path: 'emails',
      filter,
      sub: 'value',
    });
    expect(parsePath(`${ENT}:a[b pr].c`)).toMatchObject({ path: `${ENT}:a`, sub: 'c' });
    expect(parsePath('a[b eq "]\\"["].c')).toMatchObject({ filter: { value: ']"[' }, sub: 'c' });
  });

  it.each([
    'emails[',
    'emails[type eq "work"',
    'emails[type eq "]',
    '1abc',
    'a..b',
    '',
    ' ',
    '.value',
    'a.',
    'emails]',
    '[type pr]',
    'emails[type pr]value',
    'emails[type pr].',
    'emails[type pr].a.b',
    'emails[type pr] .value',
    'emails [type pr]',
    'a b',
    'a,b',
    '__proto__',
    '__proto__.polluted',
    'emails[type pr].__proto__',
    `${'a'.repeat(100_000)}`,
  ])('R-195 %s is invalidPath', (text) => {
    expect(code(text)).toBe('invalidPath');
  });

  it.each([
    'emails[]',
    'emails[type]',
    'emails[type eq]',
    'emails[type eq work]',
    "emails[type eq 'work']",
    'emails[type is "work"]',
    'a[b[c eq 1]]',
    'a[b pr].c[d pr]',
    `a[${'('.repeat(1000)}b pr${')'.repeat(1000)}]`,
  ])('R-197 %s is invalidFilter', (text) => {
    expect(code(text)).toBe('invalidFilter');
  });

  it('names the character of the whole path', () => {
    expect(() => parsePath('emails[type is "work"]')).toThrow('character 13');
  });

  it.each([' emails ', 'members.$ref', 'a[b eq True]', 'a[b  pr]', 'a[ b pr]'])(
    'R-144 takes %s, but not strictly',
    (text) => {
      expect(code(text)).toBeTypeOf('object');
      expect(code(text, false)).toBeTypeOf('string');
    },
  );
});
