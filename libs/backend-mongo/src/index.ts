export { checkAddress } from './connection/address.js';
export { MongoConnector } from './mongo.connector.js';
export { MongoModule } from './mongo.module.js';
export type { MongoBackendOptions, MongoNotice } from './mongo.options.js';
