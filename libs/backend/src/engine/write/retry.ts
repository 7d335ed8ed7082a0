import { setTimeout as delay } from 'node:timers/promises';
import { BackendError } from '../../errors.js';

const MOST_TRIES = 60;

/**
 * Runs read–change–write until nobody was faster. Waits a random, growing while between tries, so
 * that writers of the same resource do not stay in step.
 * @param prepare asked before another try; answers whether there is to be one
 * @throws BackendError `conflict` after 60 tries; every other error at once
 */
export async function retryOnConflict<T>(
  attempt: () => Promise<T>,
  prepare: () => Promise<boolean> = async () => true,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      const conflict = error instanceof BackendError && error.code === 'conflict';
      if (!conflict || tries === MOST_TRIES) throw error;
      await delay(Math.random() * Math.min(tries, 20));
      if (!(await prepare())) throw error;
    }
  }
}
