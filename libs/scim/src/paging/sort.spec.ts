import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScimError } from '../errors.js';
import { group, user } from '../filter/testing/types.js';
import type { JsonObject } from '../json.js';
import {
  comparePositions,
  compareResources,
  parseSort,
  positionOf,
  type SortOptions,
  sortKey,
  sortResources,
} from './sort.js';

const ENT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const resource = (id: string, more: JsonObject = {}, created = '2020-01-01T00:00:00Z') => ({
  id,
  meta: { resourceType: 'User', created, lastModified: created },
  ...more,
});
const sorted = (sortBy: string | undefined, order: string | undefined, ...all: JsonObject[]) =>
  sortResources(all, parseSort(sortBy, order, user)).map(({ id }) => id);
const path = (sortBy: string, type = user, options: SortOptions = {}) => {
  const sort = parseSort(sortBy, undefined, type, options);
  return (sort?.path.sub ?? sort?.path.attribute)?.path;
};
const refusal = (sortBy: string, order?: string, options?: SortOptions) => {
  try {
    parseSort(sortBy, order, user, options);
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
  throw new Error(`accepted ${sortBy} ${order}`);
};

describe('parseSort', () => {
  it.each([
    ['USERNAME', 'userName'],
    ['name.familyName', 'name.familyName'],
    ['meta.lastModified', 'meta.lastModified'],
    ['emails.value', 'emails.value'],
    ['emails', 'emails.value'],
    [`${ENT}:employeeNumber`, `${ENT}:employeeNumber`],
    ['meta.location', 'id'],
    [`${ENT}:manager.$ref`, `${ENT}:manager.value`],
  ])('R-152 %s sorts by %s', (sortBy, found) => {
    expect(path(sortBy)).toBe(found);
  });

  it('R-150 reads the order', () => {
    expect(parseSort('userName', undefined, user)?.descending).toBe(false);
    expect(parseSort('userName', 'ascending', user)?.descending).toBe(false);
    expect(parseSort('userName', 'descending', user)?.descending).toBe(true);
    expect(parseSort('userName', 'Descending', user)?.descending).toBe(true);
  });

  it.each([
    'nope',
    'password',
    'name',
    ENT,
    'keys',
    'keys.value',
    'constructor',
    '__proto__',
    'a.b.c',
  ])('R-154 refuses sortBy=%s', (sortBy) => {
    expect(refusal(sortBy)).toMatchObject({ status: 400, scimType: 'invalidValue' });
  });

  it('R-154 refuses another order, and ignores one alone', () => {
    expect(refusal('userName', 'up')).toMatchObject({ status: 400, scimType: 'invalidValue' });
    expect(parseSort(undefined, 'descending', user)).toBeUndefined();
    expect(parseSort(undefined, 'up', user)).toBeUndefined();
  });

  it('R-154 leaves what another type has unsorted, where several types are asked', () => {
    expect(parseSort('userName', 'descending', group, { unknown: 'unassigned' })).toBeUndefined();
    expect(refusal('password', undefined, { unknown: 'unassigned' }).status).toBe(400);
  });

  it('R-142 finds bare extension names, but not strictly', () => {
    expect(path('employeeNumber')).toBe(`${ENT}:employeeNumber`);
    expect(refusal('employeeNumber', undefined, { lenient: false }).status).toBe(400);
    expect(refusal('userName', 'DESCENDING', { lenient: false }).status).toBe(400);
  });
});

describe('sorting', () => {
  it('R-150 ignores case, and puts missing values last ascending and first descending', () => {
    const all = [
      resource('1', { userName: 'b' }),
      resource('2'),
      resource('3', { userName: 'A' }),
      resource('4', { userName: 'C' }),
    ];
    expect(sorted('userName', undefined, ...all)).toEqual(['3', '1', '4', '2']);
    expect(sorted('userName', 'descending', ...all)).toEqual(['2', '4', '1', '3']);
  });

  it('R-151 takes the primary element, else the first', () => {
    const all = [
      resource('1', { emails: [{ value: 'z' }, { value: 'a', primary: true }] }),
      resource('2', { emails: [{ value: 'c' }, { value: 'd' }] }),
      resource('3', { emails: [{ value: 'b', primary: false }, { value: 'e' }] }),
      resource('4', { emails: [] }),
    ];
    expect(sorted('emails.value', undefined, ...all)).toEqual(['1', '3', '2', '4']);
    expect(sorted('emails', 'descending', ...all)).toEqual(['4', '2', '3', '1']);
  });

  it('R-152 compares by type', () => {
    const days = (id: string, n: number) =>
      resource(id, { 'urn:mace:surf.nl:sram:scim:extension:User': { sramInactiveDays: n } });
    expect(sorted('sramInactiveDays', undefined, days('1', 10), days('2', 9))).toEqual(['2', '1']);
    const modified = (id: string, lastModified: string) => resource(id, { meta: { lastModified } });
    expect(
      sorted(
        'meta.lastModified',
        undefined,
        modified('1', '2020-01-01T01:30:00Z'),
        modified('2', '2020-01-01T02:00:00+01:00'),
        modified('3', '2020-01-01T01:00:00.0000001Z'),
      ),
    ).toEqual(['2', '3', '1']);
    const tags = (id: string, ...values: string[]) =>
      resource(id, { 'urn:example:params:scim:1.5:User': { tags: values } });
    expect(sorted('tags', undefined, tags('1', 'b', 'a'), tags('2', 'a', 'z'))).toEqual(['2', '1']);
  });

  it('R-153 keeps case and code point order where the attribute is case exact', () => {
    const ids = ['a', 'B', '\uff5e', '\u{1f600}'];
    const all = ids.map((externalId, i) => resource(String(i), { externalId }));
    expect(sorted('externalId', undefined, ...all.reverse())).toEqual(['1', '0', '2', '3']);
  });

  it('R-107 R-155 ties, and everything unsorted, go by creation and id in either direction', () => {
    const all = [
      resource('b', { title: 'x' }, '2020-01-01T00:00:00Z'),
      resource('a', { title: 'X' }, '2020-01-01T01:00:00+01:00'),
      resource('c', { title: 'x' }, '2019-01-01T00:00:00Z'),
    ];
    for (const order of [undefined, 'descending']) {
      expect(sorted('title', order, ...all)).toEqual(['c', 'a', 'b']);
    }
    expect(sorted(undefined, undefined, ...all)).toEqual(['c', 'a', 'b']);
  });

  it('has no key where the value does not fit or nothing is there', () => {
    const sort = parseSort('emails', undefined, user);
    if (sort === undefined) throw new Error('no sort');
    for (const emails of [undefined, [], [null], ['x'], [{ type: 'work' }], [{ value: 5 }]]) {
      expect(sortKey({ emails }, sort.path)).toBeUndefined();
    }
    expect(positionOf(sort, {})).toEqual({ key: null, created: '', id: '' });
  });

  const anyResource = fc
    .record({
      id: fc.string({ maxLength: 3 }),
      title: fc.option(fc.constantFrom('a', 'A', 'b', '\uff5e', '\u{1f600}'), { nil: undefined }),
      created: fc.constantFrom('2020-01-01T00:00:00Z', '2020-01-01T00:00:00.5Z', 'broken'),
    })
    .map(({ id, title, created }) => resource(id, { title }, created));

  it('R-155 pages taken by position concatenate to the sorted list', () => {
    const unique = fc.uniqueArray(anyResource, { selector: ({ id }) => id });
    fc.assert(
      fc.property(unique, fc.boolean(), fc.integer({ min: 1, max: 4 }), (all, down, size) => {
        const sort = parseSort('title', down ? 'descending' : 'ascending', user);
        const compare = comparePositions(down);
        const pages: JsonObject[] = [];
        for (;;) {
          const last = pages.at(-1);
          const rest = all.filter(
            (one) =>
              last === undefined || compare(positionOf(sort, one), positionOf(sort, last)) > 0,
          );
          if (rest.length === 0) break;
          pages.push(...sortResources(rest, sort).slice(0, size));
        }
        expect(pages).toEqual(sortResources(all, sort));
        expect(pages).toEqual([...all].sort(compareResources(sort)));
        expect(pages).toHaveLength(all.length);
      }),
    );
  });
});
