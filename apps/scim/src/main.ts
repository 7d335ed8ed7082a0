import { createApplication } from './application.js';
import { unusedStoresWarning } from './composition/backend.registry.js';
import { readConfiguration } from './config/configuration.js';
import { loadRegistry } from './config/schema-files.js';
import { describeStartFailure } from './config/start-failure.js';
import { DEFAULT_KEY_WARNING } from './config/tenants.js';
import { createLogger } from './operations/logger.js';
import { shutDownOnSignals } from './operations/shutdown.js';

async function start(): Promise<void> {
  const configuration = readConfiguration();
  const logger = createLogger(configuration.logLevel);
  if (configuration.usesDefaultKey) logger.warn(DEFAULT_KEY_WARNING);
  const unused = unusedStoresWarning(configuration);
  if (unused !== undefined) logger.warn(unused);
  const registry = loadRegistry(configuration);
  const app = await createApplication({ configuration, registry, logger });
  try {
    await app.listen(configuration.port, configuration.host);
  } catch (error) {
    await app.close();
    throw error;
  }
  shutDownOnSignals(app, logger);
  logger.info({ url: await app.getUrl(), basePath: configuration.basePath || '/' }, 'listening');
}

start().catch((error: unknown) => {
  process.stderr.write(`${describeStartFailure(error)}\n`);
  process.exit(1);
});
