import { backendError } from './errors.js';

/** Runs an operation; what it throws leaves as a `BackendError`. */
export async function guarded<T>(
  signal: AbortSignal | undefined,
  action: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await action();
  } catch (error) {
    throw backendError(error);
  }
}

export async function* guardedScan<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw backendError(error);
  }
}
