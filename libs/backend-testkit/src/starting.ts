import { createHook } from 'node:async_hooks';

/** Counts asynchronous operations from here on: promises, reads, writes. They measure progress. */
export function countOperations(reached?: { readonly number: number; act(): void }) {
  let count = 0;
  const hook = createHook({
    init: () => {
      count += 1;
      if (count === reached?.number) reached.act();
    },
  }).enable();
  return {
    stop: (): number => {
      hook.disable();
      return count;
    },
  };
}

/** How many of them some work takes. */
export async function operationsDuring<T>(work: () => Promise<T>) {
  const counting = countOperations();
  const result = await work();
  return { result, operations: counting.stop() };
}
