export { EventsModule } from './events.module.js';
export type { EventsOptions } from './events.options.js';
export { EventsService } from './events.service.js';
export type { JournalOptions } from './journal/journal.options.js';
export { JournaledBackend, type JournaledBackendOptions } from './journal/journaled.backend.js';
export { journaled } from './journal/journaled.module.js';
export * from './publisher.js';
export { describeBroker, parseBrokerAddress } from './rabbitmq/broker-address.js';
// The class itself is not among them: it loads the broker's libraries.
export type { RabbitmqOptions } from './rabbitmq/rabbitmq.options.js';
export { reachBroker } from './reach-broker.js';
export type { RelayMeasure, RelayState } from './relay/relay.js';
export type { RelayLog } from './relay/relay.options.js';
