import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule, registerAs } from '@nestjs/config';
import type { Logger } from 'pino';
import type { SchemaRegistry } from '#scim';
import type { Configuration } from '../config/configuration.js';
import { LOGGER } from '../operations/logger.js';
import { Measures } from '../operations/measures.js';
import { StoreCalls } from '../operations/store-calls.js';
import { SharedSecret } from './shared-secret.js';
import { tenantBackendsModule } from './tenant-backends.js';
import { SCHEMA_REGISTRY } from './tokens.js';

/** What a service is made of before it takes its first request. */
export interface ServiceSetup {
  readonly configuration: Configuration;
  readonly registry: SchemaRegistry;
  readonly logger: Logger;
  /** Modules that provide `BACKEND`, one for each tenant. */
  readonly backends: ReadonlyMap<string, DynamicModule>;
  readonly calls: StoreCalls;
  readonly measures: Measures;
}

/** Provides everywhere what is made once: configuration, schemas, backends, cursors, log. */
@Module({})
export class CoreModule {
  static register(setup: ServiceSetup): DynamicModule {
    const { configuration, registry, logger, backends, calls, measures } = setup;
    const tenantBackends = tenantBackendsModule(backends, measures);
    return {
      module: CoreModule,
      global: true,
      imports: [
        ConfigModule.forRoot({
          isGlobal: true,
          ignoreEnvFile: true,
          validatePredefined: false,
          load: [registerAs('scim', () => configuration)],
        }),
        tenantBackends,
      ],
      providers: [
        { provide: SCHEMA_REGISTRY, useValue: registry },
        { provide: LOGGER, useValue: logger },
        { provide: StoreCalls, useValue: calls },
        { provide: Measures, useValue: measures },
        {
          provide: SharedSecret,
          useFactory: () => {
            const { cursorSecret, cursorSecretOther, statePath } = configuration;
            return new SharedSecret(cursorSecret, cursorSecretOther, statePath, logger);
          },
        },
      ],
      exports: [Measures, SCHEMA_REGISTRY, LOGGER, StoreCalls, SharedSecret, tenantBackends],
    };
  }
}
