import { setImmediate } from 'node:timers/promises';

/** Operations under way at once. */
const AT_ONCE = 16;

/** The results in the order of the items, some at once. */
export async function inTurn<T, R>(
  items: readonly T[],
  action: (item: T) => Promise<R>,
  atOnce = AT_ONCE,
): Promise<readonly R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    results.push(...(await Promise.all(items.slice(start, start + atOnce).map(action))));
  }
  return results;
}

/** Items that are gone through without letting anybody else have a turn. */
const AT_A_STRETCH = 2_000;

/** Goes through many items, and lets others have their turn in between. */
export async function* stretches<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let start = 0; start < items.length; start += AT_A_STRETCH) {
    if (start > 0) await setImmediate();
    yield items.slice(start, start + AT_A_STRETCH);
  }
}
