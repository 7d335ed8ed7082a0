import { LRUCache } from 'lru-cache';
import type { Position } from '#backend';

/** Ends of pages that are remembered, over all clients. */
const MOST = 5000;
/** Ms; a client that takes longer for a page is not sweeping any more. */
const LIFETIME = 5 * 60_000;

/**
 * Where pages by index ended, so that a client that sweeps a list by `startIndex` is led on from
 * there. That costs the same at any depth, and a resource that goes meanwhile moves none of the
 * others out of the sweep. RFC 7644 §3.4.2.4 lets an index mean what the server makes of it while
 * resources come and go.
 */
export class PageEnds {
  private readonly ends = new LRUCache<string, Position>({ max: MOST, ttl: LIFETIME });

  /** @param list what tells the list, and who sweeps it, from all others */
  keep(list: string, index: number, position: Position): void {
    this.ends.set(keyOf(list, index), position);
  }

  /** What a page that starts behind this number of resources comes after. */
  before(list: string, index: number): Position | undefined {
    return this.ends.get(keyOf(list, index));
  }
}

function keyOf(list: string, index: number): string {
  return `${index} ${list}`;
}
