import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { BackendError } from '#backend';
import type { ResourceType } from '#scim';
import type { TenantBackends } from './tenant-backends.js';

/** Milliseconds between two tries. */
const PAUSE = 1_000;

/**
 * Opens the stores of all tenants. One that does not answer is waited for, since what a machine or a
 * cluster starts at once is ready at different times; what waiting does not mend ends the start.
 * @param timeout seconds; an attempt that is under way then is finished
 * @throws BackendError `unavailable`, or Error with a message that says what to configure
 */
export async function openStores(
  stores: TenantBackends,
  types: readonly ResourceType[],
  timeout: number,
  logger: Logger,
): Promise<void> {
  const since = performance.now();
  for (let tries = 1; ; tries++) {
    try {
      await stores.open(types);
      if (tries > 1) logger.info({ tries }, 'the data store answers');
      return;
    } catch (error) {
      if (!(error instanceof BackendError) || error.code !== 'unavailable') throw error;
      const passed = (performance.now() - since) / 1000;
      if (passed + PAUSE / 1000 > timeout) throw error;
      if (tries === 1) {
        const reason = error.message;
        logger.warn({ reason, timeout }, 'the data store cannot be used yet; it is waited for');
      }
    }
    await delay(PAUSE);
  }
}
