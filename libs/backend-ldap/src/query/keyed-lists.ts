import { type NativePage, type Query, Smallest } from '#backend';
import type { Decoded } from '../mapping/ldap.mapping.js';
import { idOfOrderKey, orderKey, orderKeyOf } from '../mapping/order.js';
import type { Pool } from '../port/pool.js';
import type { Reader } from '../read/reader.js';
import { keyed, type List, type Lists, looseOf, paged } from './lists.js';

/**
 * Lists of servers that do not sort: of all entries the order key is read and nothing else, and then
 * the page.
 */
export class KeyedLists implements Lists {
  constructor(
    private readonly pool: Pool,
    private readonly reader: Reader,
  ) {}

  async page(list: List, query: Query): Promise<NativePage | undefined> {
    const { start, limit, signal } = query;
    const loose = await looseOf(this.pool, this.reader, list);
    if (loose === undefined) return undefined;
    const byKey = new Map(loose.map((decoded) => [orderKeyOf(decoded.stored), decoded]));
    const offset = 'offset' in start ? start.offset : 0;
    const after = 'after' in start ? orderKey(start.after) : '';
    const first = new Smallest<string>(limit === 0 ? 0 : offset + limit, compareDigits);
    let total = 0;
    const count = (key: string) => {
      total++;
      if (key > after) first.push(key);
    };
    for (const key of byKey.keys()) count(key);
    for await (const entries of this.pool.scan({ ...keyed(list), attributes: [list.order] })) {
      signal?.throwIfAborted();
      for (const { attributes } of entries) {
        const key = attributes.get(list.order)?.[0]?.toString() ?? '';
        if (!byKey.has(key)) count(key);
      }
    }
    const found = await this.#read(list, first.sorted().slice(offset), byKey, query);
    return found && paged(await this.reader.expanded(list.model, found, query), total);
  }

  /** Undefined where an entry has gone in between, or someone changed what its key is made of. */
  async #read(
    { model }: List,
    keys: readonly string[],
    loose: ReadonlyMap<string, Decoded>,
    { expand = [] }: Query,
  ): Promise<readonly Decoded[] | undefined> {
    const ids = keys.filter((key) => !loose.has(key)).map(idOfOrderKey);
    const decoded = await this.reader.all(model, ids, expand);
    const byKey = new Map(
      decoded.filter(({ ordered }) => ordered).map((one) => [orderKeyOf(one.stored), one]),
    );
    const found = keys.flatMap((key) => loose.get(key) ?? byKey.get(key) ?? []);
    return found.length < keys.length ? undefined : found;
  }
}

function compareDigits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
