import type { NativePage, Query } from '#backend';
import type { Decoded } from '../mapping/ldap.mapping.js';
import type { Model } from '../mapping/model.js';
import type { LdapFilter, SearchRequest } from '../port/directory.js';
import type { Pool } from '../port/pool.js';
import type { Reader } from '../read/reader.js';
import { resourcesThat } from '../server/tree.js';

/** Entries without an order key that are merged into a list; of more, all entries are read. */
const MOST_LOOSE = 500;

/** What is listed in order of creation: entries of a type, narrowed by a filter that is exact. */
export interface List {
  readonly model: Model;
  /** The attribute of the order key. */
  readonly order: string;
  readonly filter: LdapFilter | undefined;
}

/** A way to cut a page out of a list without reading all of it. */
export interface ListReader {
  /** @returns undefined where it does not work for this list */
  page(list: List, query: Query): Promise<NativePage | undefined>;
}

/** The entries that have an order key. */
export function keyed({ model, order, filter }: List): Omit<SearchRequest, 'attributes'> {
  // Where the server makes the ids, every entry has what its key is made of.
  if (model.assigned) return resourcesThat(model, filter);
  return resourcesThat(model, filter, { kind: 'present', attribute: order });
}

/**
 * The entries that have none, since others wrote them. To be read before those that have one: what
 * gets its key in between is met twice then, which can be seen, and not missed.
 * @returns undefined if there are too many of them
 */
export async function looseOf(
  pool: Pool,
  reader: Reader,
  { model, order, filter }: List,
): Promise<readonly Decoded[] | undefined> {
  const loose: Decoded[] = [];
  if (model.assigned) return loose;
  const without: LdapFilter = { kind: 'not', operand: { kind: 'present', attribute: order } };
  const entries = pool.scan({
    ...resourcesThat(model, filter, without),
    attributes: reader.selection(model),
  });
  for await (const page of entries) {
    loose.push(...(await reader.decode(model, page)));
    if (loose.length > MOST_LOOSE) return undefined;
  }
  return loose;
}

export function paged(items: NativePage['items'], total: number): NativePage {
  return { items, total, sorted: true, paged: true };
}
