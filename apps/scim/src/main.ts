import type { INestApplication } from '@nestjs/common';
import { createApplication } from './application.js';
import { unusedStoresWarning } from './composition/backend.registry.js';
import { readConfiguration } from './config/configuration.js';
import { plainTextWarnings } from './config/plain-text.js';
import { loadRegistry } from './config/schema-files.js';
import { describeStartFailure } from './config/start-failure.js';
import { defaultKeyWarning, keyWarnings } from './config/tenants.js';
import { createLogger } from './operations/logger.js';
import { reloadOnSignal, shutDownOnSignals } from './operations/shutdown.js';

async function start(): Promise<void> {
  const configuration = readConfiguration();
  const logger = createLogger(configuration.logLevel);
  if (configuration.usesDefaultKey) logger.warn(defaultKeyWarning(configuration.host));
  const unused = unusedStoresWarning(configuration);
  if (unused !== undefined) logger.warn(unused);
  for (const warning of keyWarnings(configuration.tenants, Date.now())) logger.warn(warning);
  for (const warning of plainTextWarnings(configuration)) logger.warn(warning);
  let running: INestApplication | undefined;
  shutDownOnSignals(() => running, logger);
  const registry = loadRegistry(configuration);
  const app = await createApplication({ configuration, registry, logger });
  running = app;
  try {
    await app.listen(configuration.port, configuration.host);
  } catch (error) {
    await app.close();
    throw error;
  }
  reloadOnSignal(app, configuration, logger);
  logger.info({ url: await app.getUrl(), basePath: configuration.basePath || '/' }, 'listening');
}

start().catch((error: unknown) => {
  process.stderr.write(`${describeStartFailure(error)}\n`);
  process.exit(1);
});
