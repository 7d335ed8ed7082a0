import { LRUCache } from 'lru-cache';
import type { Position } from '#backend';

/** Sweeps that are remembered, over all clients. */
const MOST = 1000;
/** Ms; a client that takes longer for a page is not sweeping any more. */
const LIFETIME = 5 * 60_000;

/** Where the last page of a sweep ended. */
export interface PageEnd {
  /** Resources that were met so far. */
  readonly index: number;
  readonly position: Position;
  /** Ids of the last ones: that one of them is still there shows that the list still is what it was. */
  readonly last: readonly string[];
}

/**
 * Where a client that sweeps a list by `startIndex`, from the first page on, got to. It is led on from
 * there: that costs the same at any depth, and a resource that goes meanwhile moves none of the others
 * out of the sweep. RFC 7644 §3.4.2.4 lets an index mean what the server makes of it while resources
 * come and go.
 */
export class PageEnds {
  private readonly ends = new LRUCache<string, PageEnd>({ max: MOST, ttl: LIFETIME });

  /** @param list what tells the list, and who sweeps it, from all others */
  keep(list: string, end: PageEnd): void {
    this.ends.set(list, end);
  }

  /** What a page that starts behind this number of resources comes after. */
  before(list: string, index: number): PageEnd | undefined {
    const end = this.ends.get(list);
    return end?.index === index ? end : undefined;
  }
}
