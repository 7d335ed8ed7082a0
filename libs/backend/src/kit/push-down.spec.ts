import { describe, expect, it } from 'vitest';
import { parseFilter, printFilter, type ResourceType } from '#scim';
import { testRegistry } from '../../../scim/src/testing/registry.js';
import { acrossElements, type FilterLanguage, pushDown } from './push-down.js';

function userType(): ResourceType {
  const type = testRegistry().types.find(({ name }) => name === 'User');
  if (type === undefined) throw new Error('there are no users');
  return type;
}
const type = userType();
const parse = (text: string) => parseFilter(text, type);

/**
 * Knows titles exactly, nick names roughly (`~`), user names within elements, and nothing else; has
 * no word for `not` unless told.
 */
function language(negates = true): FilterLanguage<string> {
  const own: FilterLanguage<string> = {
    nothing: 'nothing',
    and: (queries) => `(${queries.join(' & ')})`,
    or: (queries) => `(${queries.join(' | ')})`,
    ...(negates ? { not: (query: string) => `!${query}` } : {}),
    compare: ({ path: { attribute, sub }, operator, value }) => {
      if (attribute.name === 'title') return { query: `t${operator}${value}`, exact: true };
      if (attribute.name === 'nickName') return { query: `n~${value}`, exact: false };
      if (attribute.name !== 'emails') return undefined;
      return { query: `e.${sub?.name}=${value}`, exact: true };
    },
    present: ({ path }) =>
      path.attribute.name === 'title' ? { query: 't', exact: true } : undefined,
    valuePath: (filter) => acrossElements(own, filter),
  };
  return own;
}

describe('what a store is asked of a filter, and what is left', () => {
  it.each([
    ['title eq "a"', 'teqa', undefined],
    ['title pr', 't', undefined],
    ['nickName eq "b"', 'n~b', 'nickName eq "b"'],
    ['locale eq "c"', undefined, undefined],
    ['not (title eq "a")', '!teqa', undefined],
    ['not (nickName eq "b")', undefined, undefined],
    ['title eq "a" and title eq "b"', '(teqa & teqb)', undefined],
    ['title eq "a" and nickName eq "b"', '(teqa & n~b)', 'nickName eq "b"'],
    ['title eq "a" and locale eq "c"', 'teqa', 'locale eq "c"'],
    [
      'title eq "a" and locale eq "c" and nickName eq "b"',
      '(teqa & n~b)',
      'locale eq "c" and nickName eq "b"',
    ],
    ['title eq "a" or title eq "b"', '(teqa | teqb)', undefined],
    ['title eq "a" or nickName eq "b"', '(teqa | n~b)', 'title eq "a" or nickName eq "b"'],
    ['title eq "a" or locale eq "c"', undefined, undefined],
    ['not (title eq "a" and title eq "b")', '(!teqa | !teqb)', undefined],
    ['not (title eq "a" or locale eq "c")', '!teqa', 'not (locale eq "c")'],
    ['not (title eq "a" and nickName eq "b")', undefined, undefined],
    [
      'title eq "a" and (title eq "b" or (title eq "c" and locale eq "d"))',
      '(teqa & (teqb | teqc))',
      'title eq "b" or (title eq "c" and locale eq "d")',
    ],
  ])('R-155 %s', (text, query, left) => {
    const found = pushDown(language(), parse(text));
    expect(found?.query).toBe(query);
    const residual = left === undefined ? undefined : printFilter(parse(left));
    expect(found?.residual && printFilter(found.residual)).toBe(residual);
  });

  it('R-155 asks for no opposite where the store has none', () => {
    expect(pushDown(language(false), parse('not (title eq "a")'))).toBeUndefined();
    const both = pushDown(language(false), parse('title eq "b" and not (title eq "a")'));
    expect(both?.query).toBe('teqb');
    expect(both?.residual).toEqual(parse('not (title eq "a")'));
  });

  it.each([
    ['emails[value eq "a"]', 'e.value=a', true],
    ['emails[value eq "a" or type eq "b"]', '(e.value=a | e.type=b)', true],
    // Another element may have the type.
    ['emails[value eq "a" and type eq "b"]', '(e.value=a & e.type=b)', false],
    ['emails[value eq "a" or (value eq "c" and type eq "b")]', /^\(e.value=a \| \(/, false],
    ['emails[not (value eq "a")]', undefined, true],
  ])('R-120 R-155 %s', (text, query, exact) => {
    const filter = parse(text);
    const found = pushDown(language(), filter);
    if (query === undefined) expect(found).toBeUndefined();
    else
      expect(found?.query).toEqual(query instanceof RegExp ? expect.stringMatching(query) : query);
    expect(found?.residual).toEqual(exact ? undefined : filter);
  });
});
