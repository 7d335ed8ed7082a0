import { comparable, compareKeys, type Json, type Key, sortKey } from '#scim';
import type { Position, Sort, Stored } from '../contract.js';

/** A resource's place in a list, its keys computed once. */
export interface Rank {
  readonly position: Position;
  readonly key: Key | undefined;
  readonly created: Key | undefined;
}

/** The total order of a list: sort key, then `meta.created`, then `id`. */
export interface Order {
  rank(stored: Stored): Rank;
  rankOf(position: Position): Rank;
  compare(a: Rank, b: Rank): number;
}

/**
 * Ties always go by creation and id ascending, so that pages neither lose nor repeat a resource
 * (design law 6). Without a value a resource comes last, and first when descending (RFC 7644
 * §3.4.2.3).
 */
export function orderBy(sort: Sort | undefined): Order {
  const direction = sort?.descending ? -1 : 1;
  const rankOf = (position: Position): Rank => ({
    position,
    key: asKey(position.key),
    created: comparable('dateTime', position.created),
  });
  return {
    rankOf,
    rank: (stored) =>
      rankOf({
        key: sort === undefined ? null : (sortKey(stored, sort.path) ?? null),
        created: stored.meta.created,
        id: stored.id,
      }),
    compare: (a, b) =>
      direction * compareMissingLast(a.key, b.key) ||
      compareMissingLast(a.created, b.created) ||
      compareKeys(a.position.id, b.position.id),
  };
}

function asKey(key: Json): Key | undefined {
  return typeof key === 'object' ? undefined : key;
}

function compareMissingLast(a: Key | undefined, b: Key | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  return compareKeys(a, b);
}
