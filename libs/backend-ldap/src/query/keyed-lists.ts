import { type NativePage, type Query, Smallest } from '#backend';
import type { Decoded } from '../mapping/ldap.mapping.js';
import { idOfOrderKey, orderKey, orderKeyOf } from '../mapping/order.js';
import type { Entry } from '../port/directory.js';
import type { Pool } from '../port/pool.js';
import type { Reader } from '../read/reader.js';
import type { ChangeMark } from '../server/change-mark.js';
import { keyed, type List, type ListReader, looseOf, paged } from './lists.js';

/** Keys of a list that are kept, some 140 octets each. */
const MOST_KEYS = 200_000;
/** Lists whose keys are kept, the latest ones. */
const MOST_LISTS = 8;

/** The keys of a whole list in its order, as they were when the directory had this mark. */
interface Kept {
  readonly mark: string;
  readonly keys: readonly string[];
  readonly loose: ReadonlyMap<string, Decoded>;
}

/**
 * Lists of servers that do not sort: of all entries the order key is read and nothing else, and then
 * the page. Where the server tells that nothing changed, the keys are those of the page before.
 */
export class KeyedLists implements ListReader {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly pool: Pool,
    private readonly reader: Reader,
    private readonly mark: ChangeMark,
  ) {}

  async page(list: List, query: Query): Promise<NativePage | undefined> {
    const name = JSON.stringify([list.model.type.name, list.filter ?? null]);
    const mark = await this.mark.read();
    const kept = this.kept.get(name);
    if (kept !== undefined && kept.mark === mark) return this.cut(list, kept, query);
    this.kept.delete(name);
    const loose = await looseOf(this.pool, this.reader, list);
    if (loose === undefined) return undefined;
    const byKey = new Map(loose.map((decoded) => [orderKeyOf(decoded.stored), decoded]));
    const { keys, total, all } = await this.scan(list, byKey, query, mark !== undefined);
    if (mark !== undefined && all !== undefined) {
      this.keep(name, { mark, keys: all.sort(compareDigits), loose: byKey });
    }
    return this.pageOf(list, keys, byKey, query, total);
  }

  private keep(name: string, kept: Kept): void {
    this.kept.set(name, kept);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MOST_LISTS) return;
      this.kept.delete(oldest);
    }
  }

  private cut(list: List, { keys, loose }: Kept, query: Query): Promise<NativePage | undefined> {
    const { start, limit } = query;
    const first = 'offset' in start ? start.offset : firstAfter(keys, orderKey(start.after));
    return this.pageOf(list, keys.slice(first, first + limit), loose, query, keys.length);
  }

  /** The keys of the page, how many there are in all, and all of them where they may be kept. */
  private async scan(
    list: List,
    loose: ReadonlyMap<string, Decoded>,
    { start, limit, signal }: Query,
    collect: boolean,
  ) {
    const offset = 'offset' in start ? start.offset : 0;
    const after = 'after' in start ? orderKey(start.after) : '';
    const first = new Smallest<string>(limit === 0 ? 0 : offset + limit, compareDigits);
    const all: string[] = [];
    let total = 0;
    const count = (key: string) => {
      total++;
      if (key > after) first.push(key);
      if (collect && total <= MOST_KEYS) all.push(key);
    };
    for (const key of loose.keys()) count(key);
    const { assigned, naming } = list.model;
    const attributes = [list.order, ...(assigned ? [naming.name, 'createtimestamp'] : [])];
    for await (const entries of this.pool.scan({ ...keyed(list), attributes })) {
      signal?.throwIfAborted();
      for (const entry of entries) {
        const key = this.orderKey(list, entry);
        if (!loose.has(key)) count(key);
      }
    }
    const keys = first.sorted().slice(offset);
    return { keys, total, all: collect && total <= MOST_KEYS ? all : undefined };
  }

  private orderKey({ model, order }: List, entry: Entry): string {
    const own = () => entry.attributes.get(order)?.[0]?.toString() ?? '';
    return model.assigned ? (this.reader.orderOf(model, entry) ?? '') : own();
  }

  /** Undefined where an entry has gone in between, or someone changed what its key is made of. */
  private async pageOf(
    { model }: List,
    keys: readonly string[],
    loose: ReadonlyMap<string, Decoded>,
    query: Query,
    total: number,
  ): Promise<NativePage | undefined> {
    const ids = keys.filter((key) => !loose.has(key)).map(idOfOrderKey);
    const decoded = await this.reader.all(model, ids, query.expand ?? []);
    const byKey = new Map(
      decoded.filter(({ ordered }) => ordered).map((one) => [orderKeyOf(one.stored), one]),
    );
    const found = keys.flatMap((key) => loose.get(key) ?? byKey.get(key) ?? []);
    if (found.length < keys.length) return undefined;
    return paged(await this.reader.expanded(model, found, query), total);
  }
}

/** Index of the first key after another, by halving. */
function firstAfter(keys: readonly string[], after: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') > after) high = middle;
    else low = middle + 1;
  }
  return low;
}

function compareDigits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
