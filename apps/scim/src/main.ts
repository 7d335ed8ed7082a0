import type { INestApplication } from '@nestjs/common';
import { createApplication } from './application.js';
import { checkConfiguration } from './check.js';
import { unusedStoresWarning } from './composition/backend.registry.js';
import { plainTextWarnings } from './config/plain-text.js';
import { describeStartFailure, ListenError } from './config/start-failure.js';
import { defaultKeyWarning, keyWarnings } from './config/tenants.js';
import { endProcess } from './operations/end-process.js';
import { createLogger, prettyOutput } from './operations/logger.js';
import { reloadOnSignal, shutDownOnSignals } from './operations/shutdown.js';
import { summaryOf } from './operations/summary.js';
import { prepare } from './preparation.js';

async function start(): Promise<void> {
  const { configuration, registry } = await prepare();
  const { logLevel, logFormat } = configuration;
  const output = logFormat === 'pretty' ? await prettyOutput() : undefined;
  const logger = createLogger(logLevel, output);
  logger.info({ uses: summaryOf(configuration, registry) }, 'starting');
  if (configuration.usesDefaultKey) logger.warn(defaultKeyWarning(configuration.host));
  const unused = unusedStoresWarning(configuration);
  if (unused !== undefined) logger.warn(unused);
  for (const warning of keyWarnings(configuration.tenants, Date.now())) logger.warn(warning);
  for (const warning of plainTextWarnings(configuration)) logger.warn(warning);
  let running: INestApplication | undefined;
  shutDownOnSignals(() => running, logger);
  const app = await createApplication({ configuration, registry, logger });
  running = app;
  try {
    await app.listen(configuration.port, configuration.host);
  } catch (error) {
    await app.close();
    throw new ListenError(configuration.host, configuration.port, error);
  }
  reloadOnSignal(app, configuration, logger);
  logger.info({ url: await app.getUrl(), basePath: configuration.basePath || '/' }, 'listening');
}

const asked = process.argv.includes('--check-config');

(asked ? checkConfiguration().then(() => endProcess(0)) : start()).catch((error: unknown) => {
  process.stderr.write(`${describeStartFailure(error)}\n`);
  endProcess(1, error);
});
