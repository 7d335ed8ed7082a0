import type { Server } from 'node:http';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { type ChooseBackend, chooseBackend } from './composition/backend.registry.js';
import type { ServiceSetup } from './composition/core.module.js';
import { openStores } from './composition/opening.js';
import { withOutbox } from './composition/outbox.js';
import { SharedSecret } from './composition/shared-secret.js';
import { TenantBackends } from './composition/tenant-backends.js';
import { ConfigurationError } from './config/configuration.js';
import { answerBrokenRequests } from './http/broken-requests.js';
import { browserToPages, guardApiPages, setUpApiPages } from './http/openapi/api-pages.js';
import { originMiddleware } from './http/origin.middleware.js';
import { pathMiddleware } from './http/path.middleware.js';
import { ScimAdapter } from './http/scim.adapter.js';
import { apiHeaders, pageHeaders } from './http/security-headers.js';
import { tlsOptions } from './http/tls.js';
import { pseudonym, viaMiddleware } from './http/via.js';
import { Lifecycle } from './operations/lifecycle.js';
import { PinoLoggerService } from './operations/logger.js';
import { maskFor } from './operations/masking.js';
import { Measures } from './operations/measures.js';
import { requestLog } from './operations/request-log.js';
import { StoreCalls } from './operations/store-calls.js';
import { schemaProblems } from './preparation.js';
import { ClearSecrets } from './resources/clear-secrets.js';

export interface ApplicationOptions extends Omit<ServiceSetup, 'backends' | 'calls' | 'measures'> {
  /** Another way to get backends, for tests. */
  readonly chooseBackend?: ChooseBackend;
}

/**
 * Puts the service together and opens its backends; it is ready to listen.
 * @throws ConfigurationError; BackendError, Error if a backend cannot be opened
 */
export async function createApplication({
  chooseBackend: choose = chooseBackend,
  ...options
}: ApplicationOptions): Promise<NestExpressApplication> {
  const { configuration, registry, logger } = options;
  const app = await composeApplication(options, choose);
  try {
    const stores = app.get(TenantBackends);
    await openStores(stores, registry.types, configuration.startTimeout, logger);
    const [first] = stores.all();
    if (first !== undefined) await app.get(SharedSecret).load(first);
    app.get(ClearSecrets).start();
    return app;
  } catch (error) {
    await app.close().catch(() => undefined); // the first failure is the one to tell
    throw error;
  }
}

/** The same, with its backends still closed. */
export async function composeApplication(
  options: Omit<ApplicationOptions, 'chooseBackend'>,
  choose: ChooseBackend = chooseBackend,
): Promise<NestExpressApplication> {
  const { configuration, registry, logger } = options;
  // Before Nest starts, which would log a failure of its own with a stack.
  const problems = await schemaProblems(configuration, registry);
  if (problems.length > 0) throw new ConfigurationError(problems);
  const calls = new StoreCalls();
  const measures = new Measures(configuration.store.name);
  const backends = new Map<string, DynamicModule>();
  for (const { name } of configuration.tenants) {
    const backend = await choose(configuration, name, logger, { calls, measures });
    backends.set(name, withOutbox(backend, name, configuration, registry, logger));
  }
  return assemble({ ...options, backends, calls, measures });
}

async function assemble(setup: ServiceSetup): Promise<NestExpressApplication> {
  const { configuration, logger } = setup;
  const adapter = new ScimAdapter();
  // ETags are versions of resources, and queries are read by our own rules.
  for (const setting of ['etag', 'x-powered-by', 'query parser']) adapter.set(setting, false);
  adapter.set('trust proxy', configuration.trustProxy);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.register(setup), adapter, {
    logger: new PinoLoggerService(logger),
    bodyParser: false,
    abortOnError: false,
    ...(configuration.tls === undefined ? {} : { httpsOptions: tlsOptions(configuration.tls) }),
  });
  app.use(requestLog(logger, maskFor(setup.registry)));
  app.use(setup.measures.watch);
  app.use(app.get(Lifecycle).watch);
  app.use(originMiddleware);
  app.use(viaMiddleware(pseudonym(configuration)));
  app.use(apiHeaders(configuration));
  app.use(browserToPages(configuration));
  app.use(pathMiddleware(configuration.basePath));
  app.use('/api', pageHeaders(configuration));
  guardApiPages(app, setup);
  setUpApiPages(app, setup);
  const server = app.getHttpServer() as Server;
  limitConnections(server, configuration);
  answerBrokenRequests(server);
  return app;
}

/** Slow clients may not keep others out. */
function limitConnections(server: Server, { connections }: ServiceSetup['configuration']): void {
  const { most, headersTimeout, requestTimeout, keepAliveTimeout } = connections;
  server.maxConnections = most;
  server.headersTimeout = Math.min(headersTimeout, requestTimeout) * 1000;
  server.requestTimeout = requestTimeout * 1000;
  server.keepAliveTimeout = keepAliveTimeout * 1000;
}
