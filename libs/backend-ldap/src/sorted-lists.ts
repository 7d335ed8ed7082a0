import type { NativePage, Query } from '#backend';
import type { Decoded } from './ldap.mapping.js';
import { afterPosition, fromIndex } from './merge.js';
import type { Model } from './model.js';
import { ORDERING_RULE, orderKey } from './order.js';
import {
  LdapError,
  type LdapFilter,
  RESULT,
  type View,
  type ViewRequest,
} from './port/directory.js';
import type { Pool } from './port/pool.js';
import type { Reader } from './reader.js';
import { resourcesThat } from './tree.js';

/** Entries without an order key that are merged into a list; of more, all entries are read. */
const MOST_LOOSE = 500;

/** Answers that will be the same next time. */
const REFUSALS: readonly number[] = [
  RESULT.unavailableCriticalExtension,
  RESULT.noSuchAttribute,
  RESULT.inappropriateMatching,
  RESULT.insufficientAccess,
  RESULT.unwillingToPerform,
];

/** What is listed: entries of a type, narrowed by a filter that is exact. */
interface List {
  readonly model: Model;
  /** The attribute of the order key. */
  readonly order: string;
  readonly filter: LdapFilter | undefined;
}

/**
 * Pages of lists in order of creation that the server sorts and cuts, so that no more than the page
 * is read. Entries that others wrote have no order key: they are few, so they are read in full and
 * merged into the page.
 */
export class SortedLists {
  #refused = false;
  #reported = false;

  constructor(
    private readonly pool: Pool,
    private readonly reader: Reader,
    private readonly report: (message: string, cause?: unknown) => void,
  ) {}

  /** @returns undefined where the server does not cut the list, and all of it has to be read */
  async page(
    model: Model,
    query: Query,
    filter: LdapFilter | undefined,
  ): Promise<NativePage | undefined> {
    const { order } = model;
    if (order === undefined || !this.pool.hasViews || this.#refused) return undefined;
    try {
      return await this.#page({ model, order, filter }, query);
    } catch (error) {
      if (!(error instanceof LdapError)) throw error;
      this.#refused = REFUSALS.includes(error.code);
      if (!this.#reported) {
        this.report('The LDAP server does not sort a list; all of it is read instead.', error);
      }
      this.#reported = true;
      return undefined;
    }
  }

  async #page(list: List, query: Query): Promise<NativePage | undefined> {
    const { start, limit } = query;
    // These first: what gets its key meanwhile is met twice then, and not missed.
    const loose = await this.#loose(list);
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

  /** Undefined if there are too many of them. */
  async #loose({ model, order, filter }: List): Promise<readonly Decoded[] | undefined> {
    const loose: Decoded[] = [];
    const entries = this.pool.scan({
      base: model.container,
      scope: 'one',
      filter: resourcesThat(filter, {
        kind: 'not',
        operand: { kind: 'present', attribute: order },
      }),
      attributes: model.selection,
    });
    for await (const page of entries) {
      loose.push(...this.reader.decode(model, page));
      if (loose.length > MOST_LOOSE) return undefined;
    }
    return loose;
  }
}

function viewRequest(
  { model, order, filter }: List,
  attributes: readonly string[],
  start: ViewRequest['start'],
  count: number,
): ViewRequest {
  return {
    base: model.container,
    scope: 'one',
    filter: resourcesThat(filter, { kind: 'present', attribute: order }),
    attributes,
    orderBy: order,
    rule: ORDERING_RULE,
    start,
    count,
  };
}

function paged(items: NativePage['items'], total: number): NativePage {
  return { items, total, sorted: true, paged: true };
}
