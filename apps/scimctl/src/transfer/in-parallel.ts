import { setImmediate } from 'node:timers/promises';

/**
 * Does something with every item, several at once, in any order. After a failure, or once the signal
 * is aborted, nothing new is begun and what is under way is waited for.
 * @throws the first failure, or the signal's reason
 */
export async function inParallel<T>(
  items: AsyncIterable<T>,
  most: number,
  signal: AbortSignal,
  task: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for await (const item of items) {
    if (signal.aborted || failures.length > 0) break;
    const run = task(item)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => running.delete(run));
    running.add(run);
    if (running.size >= most) await Promise.race(running);
    // Some stores never wait for anything: without this no signal would be heard.
    await setImmediate();
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
  signal.throwIfAborted();
}
