import { Smallest } from '#backend';
import { ORDERING_RULE } from '../mapping/order.js';
import type { Entry, ViewRequest } from '../port/directory.js';
import type { Pool } from '../port/pool.js';
import { keyed, type List } from './lists.js';

/** Entries that are counted; of longer lists no more is compared. */
const MOST = 5_000;
/** Entries at the beginning that are compared one by one. */
const FIRST = 20;
/** What others write meanwhile makes a difference once, not each time. */
const TRIES = 3;

/** A part of a list as the server sorts it. */
export function viewRequest(
  list: List,
  attributes: readonly string[],
  start: ViewRequest['start'],
  count: number,
): ViewRequest {
  const sorted = { orderBy: list.order, rule: ORDERING_RULE };
  return { ...keyed(list), attributes, ...sorted, start, count };
}

/**
 * Whether the server sorts a list as it says: it has all entries that a plain search finds, and the
 * first ones first. There are servers that advertise sorting and lose entries without a word.
 * @returns undefined where there are too few entries to tell
 * @throws LdapError as the server refuses to sort
 */
export async function sortsTruly(pool: Pool, list: List): Promise<boolean | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const before = await pool.view(viewRequest(list, [list.order], { offset: 0 }, FIRST));
    const plain = await plainSearch(pool, list);
    if (plain.count < 2) return undefined;
    const after = await pool.view(viewRequest(list, [list.order], { offset: 0 }, FIRST));
    const totals = [before.total ?? 0, after.total ?? 0];
    const isCounted = plain.complete
      ? plain.count >= Math.min(...totals) && plain.count <= Math.max(...totals)
      : Math.max(...totals) >= plain.count;
    const keys = after.entries.map((entry) => orderKey(list, entry));
    const isSorted = !plain.complete || keys.join() === plain.first.join();
    if (isCounted && isSorted) return true;
  }
  return false;
}

async function plainSearch(pool: Pool, list: List) {
  const first = new Smallest<string>(FIRST, (a, b) => (a < b ? -1 : a > b ? 1 : 0));
  let count = 0;
  for await (const entries of pool.scan({ ...keyed(list), attributes: [list.order] })) {
    for (const entry of entries) first.push(orderKey(list, entry));
    count += entries.length;
    if (count >= MOST) return { count, complete: false, first: first.sorted() };
  }
  return { count, complete: true, first: first.sorted() };
}

function orderKey({ order }: List, { attributes }: Entry): string {
  return attributes.get(order)?.[0]?.toString() ?? '';
}
