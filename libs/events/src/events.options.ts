import type { Backend } from '#backend';
import type { SchemaRegistry } from '#scim';
import type { RabbitmqOptions } from './rabbitmq/rabbitmq.options.js';
import type { RelayLog } from './relay/relay.options.js';

export interface EventsOptions {
  readonly registry: SchemaRegistry;
  /** The open backends, each with an outbox, by the name of their tenant; asked for once at start. */
  readonly backends: () => ReadonlyMap<string, Backend>;
  /** Where the events of a tenant go; undefined: nowhere, nothing is recorded either. */
  readonly broker: ((tenant: string) => RabbitmqOptions) | undefined;
  readonly log: RelayLog;
}
