import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeBroker, parseBrokerAddress } from '#events';
import type { SchemaRegistry } from '#scim';
import type { Configuration } from '../config/configuration.js';
import { PACKAGE_ROOT } from '../config/package-root.js';

/** The version of this service, as its package says it. */
export function serviceVersion(): string {
  const text = readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8');
  const { version }: { version?: unknown } = JSON.parse(text);
  return typeof version === 'string' ? version : 'unknown';
}

/** What the service was told to be, for an operator: no secret is in it. */
export function summaryOf(configuration: Configuration, registry: SchemaRegistry) {
  const { store, events, tenants, basePath, publicUrl } = configuration;
  return {
    version: serviceVersion(),
    node: process.version,
    store: { kind: store.name, place: store.place, guarantees: store.guarantees },
    tenants: tenants.map(({ name, keys }) => ({ name, keys: keys.length })),
    tokens: {
      issuers: configuration.oidc?.issuers.length ?? 0,
      clients: configuration.oauth?.clients.length ?? 0,
    },
    schemas: Object.fromEntries(
      registry.types.map(({ name, endpoint, schema, extensions }) => [
        name,
        { endpoint, schemas: [schema.id, ...extensions.map((one) => one.schema.id)] },
      ]),
    ),
    listens: {
      at: `${configuration.host}:${configuration.port}`,
      tls: configuration.tls !== undefined,
      basePath: basePath || '/',
      publicUrl,
    },
    limits: {
      pageSize: configuration.pageSize,
      bodySize: configuration.maxBodySize,
      bulkOperations: configuration.bulkMaxOperations,
      bulkPayload: configuration.bulkMaxPayloadSize,
      concurrency: configuration.maxConcurrency,
      queryTimeout: configuration.queryTimeout,
      rate: configuration.rateLimit,
    },
    events: events && {
      brokers: events.brokers.map((url) => describeBroker(parseBrokerAddress(url))),
      ...(events.exchange === undefined ? { queue: events.queue } : { exchange: events.exchange }),
      journal: events.journalPath,
    },
    strict: configuration.strict,
  };
}
