import { setImmediate } from 'node:timers/promises';

/** Items that are gone through without letting anybody else have a turn. */
const AT_A_STRETCH = 2_000;

/** Goes through many items, and lets others have their turn in between. */
export async function* stretches<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let start = 0; start < items.length; start += AT_A_STRETCH) {
    if (start > 0) await setImmediate();
    yield items.slice(start, start + AT_A_STRETCH);
  }
}
