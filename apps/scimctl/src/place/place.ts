import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Backend, createRepositories, type Repository } from '#backend';
import { EventsService } from '#events';
import type { ResourceType, SchemaRegistry } from '#scim';
import { withOutbox } from '../../../scim/src/composition/outbox.js';
import {
  TenantBackends,
  tenantBackendsModule,
} from '../../../scim/src/composition/tenant-backends.js';
import { type Configuration, readConfiguration } from '../../../scim/src/config/configuration.js';
import { loadRegistry } from '../../../scim/src/config/schema-files.js';
import { DEFAULT_TENANT } from '../../../scim/src/config/values.js';
import { CommandError } from '../terminal/exit-codes.js';
import { warningLogger } from '../terminal/logger.js';
import type { Environment } from './environment.js';

export interface PlaceOptions {
  readonly environment: Environment;
  /** Name of the tenant; undefined: the default one, or the only one. */
  readonly tenant?: string | undefined;
  /** Whether it will be written to; a folder that a service holds can still be read. */
  readonly access: 'read' | 'write';
  /** Whether what is written is announced, where a broker is configured. Default true. */
  readonly announce?: boolean;
  /** Told what the store has to report. */
  readonly warn: (message: string) => void;
}

/** A tenant's resources, wherever the configuration keeps them; open. */
export interface Place {
  readonly configuration: Configuration;
  readonly registry: SchemaRegistry;
  readonly tenant: string;
  readonly backend: Backend;
  /** What the store is, for people: `SQL`, `flat files`. */
  readonly store: string;
  repository(type: Pick<ResourceType, 'name'>): Repository;
  close(): Promise<void>;
}

/**
 * Opens what the service with this environment would serve, by the same modules.
 * @throws ConfigurationError, CommandError, BackendError; Error of a store that says what to configure
 */
export async function openPlace(options: PlaceOptions): Promise<Place> {
  const { environment, access, announce = true, warn } = options;
  const configuration = readConfiguration(environment);
  const registry = loadRegistry(configuration);
  const tenant = tenantOf(configuration, options.tenant);
  const logger = warningLogger(warn);
  const module = await configuration.store.module({
    name: tenant,
    isDefault: tenant === DEFAULT_TENANT,
    logger,
    via: () => undefined,
    observe: () => undefined,
    passwords: configuration.passwords === 'pass',
    readOnly: access === 'read',
  });
  // A journal belongs to one process, and whoever only reads leaves it to the service.
  const announcing = access === 'write' && announce && configuration.events !== undefined;
  const backendModule = announcing
    ? withOutbox(module, tenant, configuration, registry, logger)
    : module;
  const context = await NestFactory.createApplicationContext(rootModule(tenant, backendModule), {
    logger: false,
    abortOnError: false,
  });
  try {
    const backends = context.get(TenantBackends);
    await backends.open(registry.types);
    const backend = backends.of(tenant);
    const plain = createRepositories(backend, registry);
    const events = new EventsService({
      registry,
      backends: () => new Map([[tenant, backend]]),
      log: logger,
      // Only whether there is a broker counts: what is recorded here, the service publishes.
      broker: announcing ? () => ({ urls: [], queue: '' }) : undefined,
    });
    return {
      configuration,
      registry,
      tenant,
      backend,
      store: configuration.store.name,
      repository: ({ name }) => {
        const repository = plain.get(name);
        if (repository === undefined) throw new CommandError(`There is no resource type ${name}.`);
        return events.announcing(tenant, repository);
      },
      close: () => context.close(),
    };
  } catch (error) {
    await context.close().catch(() => undefined); // the first failure is the one to tell
    throw error;
  }
}

function rootModule(tenant: string, backend: DynamicModule): DynamicModule {
  @Module({})
  class PlaceModule {}
  return { module: PlaceModule, imports: [tenantBackendsModule(new Map([[tenant, backend]]))] };
}

/** @throws CommandError that lists the tenants there are */
function tenantOf({ tenants }: Configuration, asked: string | undefined): string {
  const names = tenants.map(({ name }) => name);
  const [only] = names;
  const name = asked ?? (names.includes(DEFAULT_TENANT) ? DEFAULT_TENANT : undefined);
  if (name !== undefined && names.includes(name)) return name;
  if (name === undefined && only !== undefined && names.length === 1) return only;
  const which = name === undefined ? 'Which tenant?' : `There is no tenant ${name}.`;
  throw new CommandError(`${which} There are: ${names.join(', ')}.`);
}
