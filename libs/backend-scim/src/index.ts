export { ScimConnector } from './scim.connector.js';
export { ScimModule } from './scim.module.js';
export type { Credentials, ScimBackendOptions } from './scim.options.js';
