import {
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ConfigModule, registerAs } from '@nestjs/config';
import type { Logger } from 'pino';
import type { Backend } from '#backend';
import { CursorSealer, type SchemaRegistry } from '#scim';
import { LOGGER } from '../operations/logger.js';
import { closeBackends } from './backend.registry.js';
import type { Configuration } from './configuration.js';
import { CURSOR_SEALER, SCHEMA_REGISTRY, TENANT_BACKENDS } from './tokens.js';

/** What a service is made of before it takes its first request. */
export interface ServiceSetup {
  readonly configuration: Configuration;
  readonly registry: SchemaRegistry;
  readonly logger: Logger;
  /** Opened, one for each tenant. */
  readonly backends: ReadonlyMap<string, Backend>;
}

/** Lets go of the backends when the last request was answered. */
@Injectable()
class BackendCloser implements OnApplicationShutdown {
  constructor(@Inject(TENANT_BACKENDS) private readonly backends: ReadonlyMap<string, Backend>) {}

  async onApplicationShutdown(): Promise<void> {
    await closeBackends(this.backends);
  }
}

/** Provides everywhere what is made once: configuration, schemas, backends, cursors, log. */
@Module({})
export class CoreModule {
  static register(setup: ServiceSetup): DynamicModule {
    const { configuration, registry, logger, backends } = setup;
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
      ],
      providers: [
        { provide: SCHEMA_REGISTRY, useValue: registry },
        { provide: LOGGER, useValue: logger },
        { provide: TENANT_BACKENDS, useValue: backends },
        {
          provide: CURSOR_SEALER,
          useFactory: () => new CursorSealer([configuration.cursorSecret]),
        },
        BackendCloser,
      ],
      exports: [SCHEMA_REGISTRY, LOGGER, TENANT_BACKENDS, CURSOR_SEALER],
    };
  }
}
