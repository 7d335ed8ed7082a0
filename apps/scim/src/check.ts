import { reachBroker } from '#events';
import { composeApplication } from './application.js';
import { TenantBackends } from './composition/tenant-backends.js';
import { brokerOf } from './operations/announcements.js';
import { createLogger } from './operations/logger.js';
import { summaryOf } from './operations/summary.js';
import { prepare } from './preparation.js';

/**
 * What `--check-config` does: reads the environment and the schemas, reaches the store and the
 * broker, and tells what would be used. Nothing is changed, and a service that runs goes on.
 * @throws what would keep the service from starting, or from announcing changes
 */
export async function checkConfiguration(): Promise<void> {
  const { configuration, registry } = await prepare();
  const { events, tenants } = configuration;
  const summary = JSON.stringify(summaryOf(configuration, registry), undefined, 2);
  process.stdout.write(`${summary}\n`);
  const logger = createLogger('silent');
  const app = await composeApplication({ configuration, registry, logger });
  try {
    await app.get(TenantBackends).reach(registry.types);
    const [first] = tenants;
    if (events !== undefined && first !== undefined)
      await reachBroker(brokerOf(events, first.name));
  } finally {
    await app.close();
  }
  process.stdout.write(
    `The configuration can be used: ${configuration.store.name} answers${events === undefined ? '' : ', and so does the broker'}.\n`,
  );
}
