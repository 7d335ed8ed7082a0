import type { Query } from '#backend';
import { PAGE } from './jumpcloud.api.js';
import type { Page } from './native.js';

/** Ends of pages that are remembered. */
const MOST = 1000;

/** Part of a list in the order of ids. */
export interface Part<T> {
  readonly items: readonly T[];
  readonly total: number;
  /** Whether more come after it. */
  readonly more: boolean;
}

/** Reads up to `limit` records in the order of ids; undefined where that order cannot be had. */
export type ReadPage<T> = (skip: number, limit: number) => Promise<Page<T> | undefined>;

/**
 * Pages of a whole list, by index and by cursor. Where pages ended is remembered, so that the one
 * after them is found without counting; that is only a hint, and each page that follows another one
 * starts one record early, to see that it does follow.
 */
export class PageList<T> {
  readonly #offsets = new Map<string, number>();

  constructor(private readonly idOf: (item: T) => string) {}

  /**
   * @param limit one more than the page is long, as the engine asks for
   * @returns undefined where it cannot be told where the page starts
   */
  async part({ start, limit }: Query, read: ReadPage<T>): Promise<Part<T> | undefined> {
    let last = 'after' in start ? start.after.id : undefined;
    const offset = 'offset' in start ? start.offset : this.#offsets.get(start.after.id);
    if (offset === undefined) return undefined;
    const items: T[] = [];
    for (;;) {
      const early = last === undefined ? 0 : 1;
      const wanted = Math.min(limit - items.length + early, PAGE);
      const page = await read(offset + items.length - early, Math.max(wanted, 1));
      if (page === undefined) return undefined;
      const [first] = page.items;
      const follows = early === 0 || (first !== undefined && this.idOf(first) === last);
      if (!follows) return undefined;
      const { total } = page;
      if (limit === 0) return { items, total, more: false };
      items.push(...page.items.slice(early));
      const more = offset + items.length < total;
      // That there are more need not be seen in the record after the page.
      if (!more || items.length >= limit - 1 || page.items.length <= early) {
        this.#note(items, offset, limit);
        return { items, total, more };
      }
      const end = items.at(-1);
      last = end === undefined ? undefined : this.idOf(end);
    }
  }

  #note(items: readonly T[], offset: number, limit: number): void {
    const end = items[Math.min(items.length, limit - 1) - 1];
    if (end === undefined) return;
    const id = this.idOf(end);
    this.#offsets.delete(id);
    this.#offsets.set(id, offset + Math.min(items.length, limit - 1));
    for (const oldest of this.#offsets.keys()) {
      if (this.#offsets.size <= MOST) return;
      this.#offsets.delete(oldest);
    }
  }
}
