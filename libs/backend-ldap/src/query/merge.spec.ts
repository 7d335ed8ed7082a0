import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject, positionOf, sortResources } from '#scim';
import type { Decoded } from '../mapping/ldap.mapping.js';
import { orderKeyOf } from '../mapping/order.js';
import { afterPosition, fromIndex } from './merge.js';

interface One extends JsonObject {
  readonly id: string;
}

const one = fc.record({
  id: fc.string({ unit: 'binary', maxLength: 3 }),
  created: fc.constantFrom(
    '2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00.5Z',
    '2026-01-02T00:00:00Z',
  ),
});
const list = fc
  .uniqueArray(one, { selector: ({ id }) => id, maxLength: 20 })
  .map((all) => all.map(({ id, created }) => ({ id, meta: { resourceType: 'User', created } })));

/** Some with a key, in the order that a server makes of the keys, and some without. */
function split(all: readonly One[], loose: ReadonlySet<number>) {
  const decoded = (some: readonly One[]) =>
    some.map((stored) => ({ stored }) as unknown as Decoded);
  const keyed = all.filter((_, i) => !loose.has(i));
  const byKey = new Map(keyed.map((stored) => [orderKeyOf(stored), stored]));
  const sorted = [...byKey.keys()].sort().map((key) => byKey.get(key) as One);
  return { sorted: decoded(sorted), loose: decoded(all.filter((_, i) => loose.has(i))) };
}

const ids = (some: readonly { readonly stored: { readonly id: string } }[]) =>
  some.map(({ stored }) => stored.id);

describe('a part of a sorted list, and entries that are not in it', () => {
  const some = fc.uniqueArray(fc.nat({ max: 19 }), { maxLength: 5 }).map((all) => new Set(all));
  const expected = (all: readonly One[]) => sortResources(all, undefined).map(({ id }) => id);

  it('R-107 make the page of an index, as reading everything does', () => {
    const page = fc.record({ offset: fc.nat({ max: 25 }), limit: fc.integer({ min: 1, max: 8 }) });
    fc.assert(
      fc.property(list, some, page, (all, set, { offset, limit }) => {
        const { sorted, loose } = split(all, set);
        const first = Math.max(0, offset - loose.length);
        const found = sorted.slice(first, limit + offset);
        const items = fromIndex(offset, first, found, loose).slice(0, limit);
        expect(ids(items)).toEqual(expected(all).slice(offset, offset + limit));
      }),
    );
  });

  it('R-285 make the page after a position, whatever stands before it in the answer', () => {
    fc.assert(
      fc.property(list, some, fc.nat(), (all, set, at) => {
        const { sorted, loose } = split(all, set);
        const order = expected(all);
        const stored = all.find(({ id }) => id === order[at % order.length]);
        if (stored === undefined) return;
        const position = positionOf(undefined, stored);
        const from = sorted.findIndex((one) => orderKeyOf(one.stored) >= orderKeyOf(stored));
        const found = from < 0 ? sorted.slice(-1) : sorted.slice(from);
        const items = afterPosition(position, found, loose);
        expect(ids(items)).toEqual(order.slice((at % order.length) + 1));
      }),
    );
  });

  it('R-295 show an entry once that gets its key while the page is read', () => {
    const { sorted, loose } = split(
      [{ id: 'a', meta: { resourceType: 'User', created: '2026-01-01T00:00:00Z' } }],
      new Set(),
    );
    expect(loose).toEqual([]);
    expect(ids(fromIndex(0, 0, sorted, sorted))).toEqual(['a']);
  });
});
