import type { BackendError } from '../errors.js';

/**
 * What the store answers to a ping, unless nobody waits for it any more.
 * @param unavailable makes the error of a driver's, or of the signal's reason
 */
export async function answered(
  answer: Promise<unknown>,
  signal: AbortSignal,
  unavailable: (cause: unknown) => BackendError,
): Promise<void> {
  answer.catch(() => undefined); // reported below, unless nobody waits any more
  const late = new Promise<never>((_, reject) => {
    const fail = () => reject(unavailable(signal.reason));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
  await Promise.race([answer, late]);
}
