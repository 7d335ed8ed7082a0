import type { DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Backend } from '#backend';
import { EventsModule, type EventsOptions, type RabbitmqOptions } from '#events';
import type { SchemaRegistry } from '#scim';
import {
  CONFIGURATION,
  type Configuration,
  type EventsConfiguration,
} from '../config/configuration.js';
import { SCHEMA_REGISTRY, TENANT_BACKENDS } from '../config/tokens.js';
import { DEFAULT_TENANT } from '../config/values.js';
import { LOGGER } from './logger.js';

/** The event library, set up by the configuration. */
export function announcements(): DynamicModule {
  return EventsModule.registerAsync({
    inject: [CONFIGURATION, SCHEMA_REGISTRY, TENANT_BACKENDS, LOGGER],
    useFactory: (
      { events }: Configuration,
      registry: SchemaRegistry,
      backends: ReadonlyMap<string, Backend>,
      log: Logger,
    ): EventsOptions => ({
      registry,
      backends,
      log,
      broker: events && ((tenant) => brokerOf(events, tenant)),
    }),
  });
}

/** Tenants share the broker, but neither queue nor exchange: no message tells whose it is. */
function brokerOf({ brokers, queue, exchange, assert }: EventsConfiguration, tenant: string) {
  const named = (name: string) => (tenant === DEFAULT_TENANT ? name : `${name}.${tenant}`);
  const options: RabbitmqOptions = {
    urls: brokers,
    queue: named(queue),
    assert,
    ...(exchange === undefined ? {} : { exchange: named(exchange) }),
  };
  return options;
}
