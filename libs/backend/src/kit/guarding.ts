/**
 * Wraps operations of a store, so that what its driver throws leaves as a `BackendError`, and nothing
 * begins that nobody waits for.
 * @param translate makes the error that leaves; what it does not know it gives back
 */
export function guarding(translate: (error: unknown) => unknown) {
  return {
    guarded: async <T>(signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> => {
      signal?.throwIfAborted();
      try {
        return await action();
      } catch (error) {
        throw translate(error);
      }
    },
    guardedScan: async function* <T>(items: AsyncIterable<T>): AsyncGenerator<T> {
      try {
        yield* items;
      } catch (error) {
        throw translate(error);
      }
    },
  };
}
