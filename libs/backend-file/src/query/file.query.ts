import type { NativePage, Position, Query } from '#backend';
import { compareCreation, type Entry } from '../memory/entry.js';
import type { Shelf, Shelves } from '../memory/shelves.js';
import { expanded } from './expand.js';
import { candidatesOf } from './file.filter.js';

/**
 * Answers from the indexes and the order of creation what they can answer: equality and prefixes of
 * indexed paths, and pages of unsorted lists, whose cost does not depend on the number of resources.
 */
export function queryShelf(shelves: Shelves, shelf: Shelf, query: Query): NativePage {
  const { filter, sort, start, limit, expand } = query;
  const { table } = shelf;
  const show = (entries: readonly Entry[]) => ({
    *[Symbol.iterator]() {
      for (const entry of entries) yield expanded(shelves, entry, expand);
    },
  });
  const found = filter && candidatesOf(shelves, shelf, filter);
  const entries = found && [...found.query].sort((a, b) => compareCreation(a.position, b.position));
  const left = found === undefined ? filter : found.residual;
  const residual = left === undefined ? {} : { residual: left };
  const all = entries ?? table.order;
  if (sort !== undefined || 'residual' in residual) {
    // A copy, since the order changes while the answer is taken.
    const items = show(entries ?? table.order.slice());
    return { items, total: all.length, ...residual, sorted: sort === undefined, paged: false };
  }
  const from = 'offset' in start ? start.offset : indexAfter(all, start.after);
  const items = show(all.slice(from, from + limit));
  return { items, total: all.length, sorted: true, paged: true };
}

/** Index of the first entry after the position, by halving. */
function indexAfter(order: readonly Entry[], after: Position): number {
  const position = { ...after, key: null };
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = order[middle];
    if (entry !== undefined && compareCreation(entry.position, position) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
