import { backendModule } from '#backend';
import { MongoConnector } from './mongo.connector.js';
import type { MongoBackendOptions } from './mongo.options.js';

/** Provides the MongoDB backend under `BACKEND`: `MongoModule.register({ url })`. */
export class MongoModule extends backendModule(
  (options: MongoBackendOptions) => new MongoConnector(options),
) {}
