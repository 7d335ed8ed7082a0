import type { DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import { EventsModule, type EventsOptions, type RabbitmqOptions } from '#events';
import type { SchemaRegistry } from '#scim';
import { TenantBackends } from '../composition/tenant-backends.js';
import { SCHEMA_REGISTRY } from '../composition/tokens.js';
import {
  CONFIGURATION,
  type Configuration,
  type EventsConfiguration,
} from '../config/configuration.js';
import { DEFAULT_TENANT } from '../config/values.js';
import { LOGGER } from './logger.js';

/** The event library, set up by the configuration. */
export function announcements(): DynamicModule {
  return EventsModule.registerAsync({
    inject: [CONFIGURATION, SCHEMA_REGISTRY, TenantBackends, LOGGER],
    useFactory: (
      { events, tenants }: Configuration,
      registry: SchemaRegistry,
      backends: TenantBackends,
      log: Logger,
    ): EventsOptions => ({
      registry,
      backends: () => new Map(tenants.map(({ name }) => [name, backends.of(name)])),
      log,
      broker: events && ((tenant) => brokerOf(events, tenant)),
    }),
  });
}

/** Tenants share the broker, but neither queue nor exchange: no message tells whose it is. */
export function brokerOf(
  { brokers, queue, exchange, assert }: EventsConfiguration,
  tenant: string,
) {
  const named = (name: string) => (tenant === DEFAULT_TENANT ? name : `${name}.${tenant}`);
  const options: RabbitmqOptions = {
    urls: brokers,
    queue: named(queue),
    assert,
    ...(exchange === undefined ? {} : { exchange: named(exchange) }),
  };
  return options;
}
