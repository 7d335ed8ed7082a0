import type { Query } from '../contract.js';

/** Ends of pages that are remembered. */
const MOST = 1000;

/** Records of a store that is read by offset. */
export interface OffsetPage<T> {
  readonly items: readonly T[];
  /** How many there are in all. */
  readonly total: number;
}

/** Part of a list, in its order. */
export interface Part<T> {
  readonly items: readonly T[];
  readonly total: number;
  /** Whether more come after it. */
  readonly more: boolean;
}

/** Reads up to `limit` records in the list's order; undefined where that order cannot be had. */
export type ReadPage<T> = (skip: number, limit: number) => Promise<OffsetPage<T> | undefined>;

/**
 * Pages of lists that a store gives by offset, for queries by index and by cursor. Where pages ended is remembered, so that the one
 * after them is found without counting; that is only a hint, and each page that follows another one
 * starts one record overlap, to see that it does follow.
 */
export class PageList<T> {
  private readonly offsets = new Map<string, number>();

  /** @param most records that the store gives at once */
  constructor(
    private readonly most: number,
    private readonly idOf: (item: T) => string,
  ) {}

  /**
   * @param list what tells this list from the store's others
   * @returns undefined where it cannot be told where the page starts
   */
  async part({ start, limit }: Query, read: ReadPage<T>, list = ''): Promise<Part<T> | undefined> {
    let last = 'after' in start ? start.after.id : undefined;
    const known = last === undefined ? undefined : this.offsets.get(`${last} ${list}`);
    const offset = 'offset' in start ? start.offset : known;
    if (offset === undefined) return undefined;
    const items: T[] = [];
    for (;;) {
      const overlap = last === undefined ? 0 : 1;
      const wanted = Math.min(limit - items.length + overlap, this.most);
      const page = await read(offset + items.length - overlap, Math.max(wanted, 1));
      if (page === undefined) return undefined;
      const [first] = page.items;
      const follows = overlap === 0 || (first !== undefined && this.idOf(first) === last);
      if (!follows) return undefined;
      const { total } = page;
      if (limit === 0) return { items, total, more: false };
      items.push(...page.items.slice(overlap));
      const more = offset + items.length < total;
      // That there are more need not be seen in the record after the page.
      if (!more || items.length >= limit - 1 || page.items.length <= overlap) {
        this.note(items, offset, limit, list);
        return { items, total, more };
      }
      const end = items.at(-1);
      last = end === undefined ? undefined : this.idOf(end);
    }
  }

  private note(items: readonly T[], offset: number, limit: number, list: string): void {
    const end = items[Math.min(items.length, limit - 1) - 1];
    if (end === undefined) return;
    const key = `${this.idOf(end)} ${list}`;
    this.offsets.delete(key);
    this.offsets.set(key, offset + Math.min(items.length, limit - 1));
    for (const oldest of this.offsets.keys()) {
      if (this.offsets.size <= MOST) return;
      this.offsets.delete(oldest);
    }
  }
}
