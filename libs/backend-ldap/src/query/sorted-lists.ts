import type { NativePage, Query } from '#backend';
import { ORDERING_RULE, orderKey } from '../mapping/order.js';
import { LdapError, RESULT, type View, type ViewRequest } from '../port/directory.js';
import type { Pool } from '../port/pool.js';
import type { Reader } from '../read/reader.js';
import { keyed, type List, type Lists, looseOf, paged } from './lists.js';
import { afterPosition, fromIndex } from './merge.js';

/** Milliseconds until a server is asked again that did not sort. */
const PAUSE = 600_000;

/** Answers that will be the same for some time. */
const REFUSALS: readonly number[] = [
  RESULT.timeLimitExceeded,
  RESULT.sizeLimitExceeded,
  RESULT.adminLimitExceeded,
  RESULT.unavailableCriticalExtension,
  RESULT.noSuchAttribute,
  RESULT.inappropriateMatching,
  RESULT.insufficientAccess,
  RESULT.unwillingToPerform,
];

/** Lists that the server sorts and cuts: no more than the page is read. */
export class SortedLists implements Lists {
  #pausedUntil = 0;
  #reported = false;

  constructor(
    private readonly pool: Pool,
    private readonly reader: Reader,
    private readonly report: (message: string, cause?: unknown) => void,
  ) {}

  async page(list: List, query: Query): Promise<NativePage | undefined> {
    if (!this.pool.hasViews || Date.now() < this.#pausedUntil) return undefined;
    try {
      return await this.#page(list, query);
    } catch (error) {
      if (!(error instanceof LdapError)) throw error;
      if (REFUSALS.includes(error.code)) this.#pausedUntil = Date.now() + PAUSE;
      if (!this.#reported) this.report('The LDAP server does not sort a list.', error);
      this.#reported = true;
      return undefined;
    }
  }

  async #page(list: List, query: Query): Promise<NativePage | undefined> {
    const { start, limit } = query;
    const loose = await looseOf(this.pool, this.reader, list);
    if (loose === undefined) return undefined;
    if (limit === 0) return paged([], loose.length + (await this.#total(list)));
    // All loose ones may stand before the page: then the sorted list's part begins earlier.
    const first = 'offset' in start ? Math.max(0, start.offset - loose.length) : 0;
    const view =
      'offset' in start
        ? await this.#view(list, query, { offset: first }, limit + start.offset - first)
        : await this.#view(list, query, { from: orderKey(start.after) }, limit + 1);
    const found = this.reader.decode(list.model, view.entries);
    // Where someone changed by hand what keys are made of, the server's order is another one.
    if (found.length < view.entries.length || !found.every(({ ordered }) => ordered)) {
      return undefined;
    }
    const items =
      'offset' in start
        ? fromIndex(start.offset, first, found, loose)
        : afterPosition(start.after, found, loose);
    const shown = await this.reader.expanded(list.model, items.slice(0, limit), query);
    return paged(shown, loose.length + (view.total ?? (await this.#total(list))));
  }

  #view(list: List, { expand }: Query, start: ViewRequest['start'], count: number): Promise<View> {
    const attributes = this.reader.selection(list.model, expand);
    return this.pool.view(viewRequest(list, attributes, start, count));
  }

  async #total(list: List): Promise<number> {
    return (await this.pool.view(viewRequest(list, ['1.1'], { offset: 0 }, 1))).total ?? 0;
  }
}

function viewRequest(
  list: List,
  attributes: readonly string[],
  start: ViewRequest['start'],
  count: number,
): ViewRequest {
  const sorted = { orderBy: list.order, rule: ORDERING_RULE };
  return { ...keyed(list), attributes, ...sorted, start, count };
}
