import { join } from 'node:path';
import type { DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import { journaled } from '#events';
import type { SchemaRegistry } from '#scim';
import type { Configuration } from '../config/configuration.js';
import { DEFAULT_TENANT } from '../config/values.js';

/** A tenant's backend, with an outbox if changes are to be announced. */
export function withOutbox(
  backend: DynamicModule,
  tenant: string,
  { events }: Configuration,
  registry: SchemaRegistry,
  logger: Logger,
): DynamicModule {
  if (events === undefined) return backend;
  const { journalPath, journalMaxSize } = events;
  return journaled(backend, {
    registry,
    folder: tenant === DEFAULT_TENANT ? journalPath : join(journalPath, 'tenants', tenant),
    maxBytes: journalMaxSize,
    report: (message) => logger.error(message),
  });
}
