import type { NativePage, Query } from '#backend';
import type { Model } from '../mapping/model.js';
import { orderKey } from '../mapping/order.js';
import { LdapError, RESULT, type View, type ViewRequest } from '../port/directory.js';
import type { Pool } from '../port/pool.js';
import type { Reader } from '../read/reader.js';
import { type List, type ListReader, looseOf, paged } from './lists.js';
import { afterPosition, fromIndex } from './merge.js';
import { sortsTruly, viewRequest } from './sorting-check.js';

/** Milliseconds until a server is asked again that could not sort a list in time. */
const PAUSE = 600_000;

/** Answers that depend on the list. */
const LIMITS: readonly number[] = [
  RESULT.timeLimitExceeded,
  RESULT.sizeLimitExceeded,
  RESULT.adminLimitExceeded,
];

/**
 * Lists that the server sorts and cuts: no more than the page is read. That it sorts is believed
 * once it was seen (sorting-check.ts), and never again after any fault.
 */
export class SortedLists implements ListReader {
  private readonly checks = new Map<Model, Promise<boolean | undefined>>();
  private pausedUntil = 0;
  private givenUp = false;
  private reported = false;

  constructor(
    private readonly pool: Pool,
    private readonly reader: Reader,
    private readonly report: (message: string, cause?: unknown) => void,
  ) {}

  async page(list: List, query: Query): Promise<NativePage | undefined> {
    // Where the server makes the ids, no attribute has the whole order.
    if (
      list.model.assigned ||
      !this.pool.hasViews ||
      this.givenUp ||
      performance.now() < this.pausedUntil
    ) {
      return undefined;
    }
    try {
      if (!(await this.isBelieved(list))) return undefined;
      return await this.pageOf(list, query);
    } catch (error) {
      if (!(error instanceof LdapError)) throw error;
      if (LIMITS.includes(error.code)) this.pausedUntil = performance.now() + PAUSE;
      else this.givenUp = true;
      this.tell('does not sort a list', error);
      return undefined;
    }
  }

  private async isBelieved(list: List): Promise<boolean> {
    const { model } = list;
    let check = this.checks.get(model);
    if (check === undefined) {
      check = sortsTruly(this.pool, { ...list, filter: undefined });
      this.checks.set(model, check);
      // What could not be told yet, or failed, is looked at once more.
      const again = () => this.checks.delete(model);
      check.then((told) => told === undefined && again(), again);
    }
    const told = await check;
    if (told === false) {
      this.givenUp = true;
      this.tell('leaves entries out of lists that it sorts, so it is not asked to');
    }
    return told ?? false;
  }

  private tell(fault: string, cause?: unknown): void {
    if (this.reported) return;
    this.reported = true;
    this.report(`The LDAP server ${fault}.`, cause);
  }

  private async pageOf(list: List, query: Query): Promise<NativePage | undefined> {
    const { start, limit } = query;
    const loose = await looseOf(this.pool, this.reader, list);
    if (loose === undefined) return undefined;
    if (limit === 0) return paged([], loose.length + (await this.total(list)));
    // All loose ones may stand before the page: then the sorted list's part begins earlier.
    const first = 'offset' in start ? Math.max(0, start.offset - loose.length) : 0;
    const view =
      'offset' in start
        ? await this.view(list, query, { offset: first }, limit + start.offset - first)
        : await this.view(list, query, { from: orderKey(start.after) }, limit + 1);
    if (isShort(view, limit, start, first)) {
      // Something was deleted meanwhile, or the server is not what it seemed to be.
      this.checks.delete(list.model);
      return undefined;
    }
    const found = await this.reader.decode(list.model, view.entries);
    // Where someone changed by hand what keys are made of, the server's order is another one.
    if (found.length < view.entries.length || !found.every(({ ordered }) => ordered)) {
      return undefined;
    }
    const items =
      'offset' in start
        ? fromIndex(start.offset, first, found, loose)
        : afterPosition(start.after, found, loose);
    const shown = await this.reader.expanded(list.model, items.slice(0, limit), query);
    return paged(shown, loose.length + (view.total ?? (await this.total(list))));
  }

  private view(
    list: List,
    { expand }: Query,
    start: ViewRequest['start'],
    count: number,
  ): Promise<View> {
    const attributes = this.reader.selection(list.model, expand);
    return this.pool.view(viewRequest(list, attributes, start, count));
  }

  private async total(list: List): Promise<number> {
    return (await this.pool.view(viewRequest(list, ['1.1'], { offset: 0 }, 1))).total ?? 0;
  }
}

/** Whether there are fewer entries than the list has from there on. */
function isShort(
  { entries, total = 0 }: View,
  limit: number,
  start: Query['start'],
  first: number,
): boolean {
  return 'offset' in start && entries.length < Math.min(limit, total - first);
}
