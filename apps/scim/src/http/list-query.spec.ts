import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScimError } from '#scim';
import { parseListQuery } from './list-query.js';

const parse = (query: string) => parseListQuery(`/Users?${query}`, false);

function failure(query: string, cursorsByDefault = false): [number, string | undefined] {
  try {
    parseListQuery(`/Users?${query}`, cursorsByDefault);
  } catch (error) {
    if (error instanceof ScimError) return [error.status, error.scimType];
    throw error;
  }
  throw new Error(`accepted: ${query}`);
}

describe('the query of a URL', () => {
  it.each([
    ['/Users', {}],
    ['/Users?', {}],
    ['/Users?filter=userName%20eq%20%22x%22', { filter: 'userName eq "x"' }],
    ['/Users?filter=userName+eq+"x"', { filter: 'userName eq "x"' }],
    ['/Users?startindex=3&COUNT=2', { startIndex: 3, count: 2 }],
    ['/Users?startIndex=-5&count=-1', { startIndex: -5, count: -1 }],
    ['/Users?cursor', { cursor: '' }],
    ['/Users?cursor=&count=2', { cursor: '', count: 2 }],
    ['/Users?filter=a=b', { filter: 'a=b' }],
    [
      '/Users?sortBy=name.familyName&sortOrder=descending',
      { sortBy: 'name.familyName', sortOrder: 'descending' },
    ],
  ])('R-016 is decoded once: %s', (url, expected) => {
    expect(parseListQuery(url, false)).toEqual(expected);
  });

  it('R-016 does not decode twice', () => {
    expect(parse('filter=a%2525')).toEqual({ filter: 'a%25' });
  });

  it.each([
    ['userName%20eq%20"a+b@x.org"', 'userName eq "a+b@x.org"'],
    ['userName%20eq%20%22a+b%22%20and%20active%20pr', 'userName eq "a+b" and active pr'],
    ['userName%20eq%20%22a%2Bb%22', 'userName eq "a+b"'],
    ['userName%20eq%20%22q%5C%22+b%22', String.raw`userName eq "q\"+b"`],
    ['userName%20eq%20"q\\"+b"', String.raw`userName eq "q\"+b"`],
    ['"a+b"', '"a+b"'],
  ])('R-017 a + is a plus where blanks are %%20 or there are none: %s', (text, filter) => {
    expect(parse(`filter=${text}`)).toEqual({ filter });
  });

  it.each([
    ['displayName+eq+%22Tour+Guides%22', 'displayName eq "Tour Guides"'],
    ['displayName+eq+"Tour+Guides"', 'displayName eq "Tour Guides"'],
    ['userName+eq+%22a%2Bb+c%22+and+active+pr', 'userName eq "a+b c" and active pr'],
    ['a+eq+%22q%5C%22+b%22+and+c', String.raw`a eq "q\" b" and c`],
    ['a+eq+"q\\"+b"+and+c', String.raw`a eq "q\" b" and c`],
    ['a+eq+"q\\\\"+and+c', String.raw`a eq "q\\" and c`],
    ['a+eq+%22%5C%5C%22+and+%22+', String.raw`a eq "\\" and " `],
    ['displayName eq+"Tour+Guides"', 'displayName eq "Tour Guides"'],
    ['a%20eq%20"x+y"+and+b%20pr', 'a eq "x y" and b pr'],
  ])('R-017 every + is a blank where one stands outside of quotes: %s', (text, filter) => {
    expect(parse(`filter=${text}`)).toEqual({ filter });
  });

  it('R-017 any filter that a client encodes by the rules comes through as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const filter = `userName eq ${JSON.stringify(value)}`;
        expect(parse(`filter=${encodeURIComponent(filter)}`)).toEqual({ filter });
        const form = new URLSearchParams({ excludedAttributes: 'members', filter });
        expect(parse(String(form))).toEqual({ excludedAttributes: 'members', filter });
      }),
    );
  });

  it('R-013 ignores parameters that it does not know', () => {
    expect(parse('foo=bar&count=1&aadOptscim062020')).toEqual({ count: 1 });
  });

  it('R-166 joins repeated lists of attributes', () => {
    expect(parse('attributes=userName,%20emails&attributes=name')).toEqual({
      attributes: 'userName, emails,name',
    });
  });

  it('R-108 R-288 refuses numbers that are none', () => {
    expect(failure('startIndex=abc')).toEqual([400, 'invalidValue']);
    expect(failure('count=1.5')).toEqual([400, 'invalidValue']);
    expect(failure('count=')).toEqual([400, 'invalidValue']);
    expect(failure('cursor&count=x')).toEqual([400, 'invalidCount']);
    expect(failure('count=x', true)).toEqual([400, 'invalidCount']);
    expect(failure('count=x&startIndex=1', true)).toEqual([400, 'invalidValue']);
  });

  it('refuses a parameter twice, and text that is not percent-encoded', () => {
    expect(failure('filter=a&FILTER=b')).toEqual([400, 'invalidValue']);
    expect(failure('filter=%')).toEqual([400, 'invalidSyntax']);
    expect(failure('filter=%FF')).toEqual([400, 'invalidSyntax']);
  });

  it('keeps huge numbers within what can be counted', () => {
    expect(parse(`count=${'9'.repeat(40)}`)).toEqual({ count: Number.MAX_SAFE_INTEGER });
  });
});
