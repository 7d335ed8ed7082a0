export { LdapConnector } from './ldap.connector.js';
export { LdapModule } from './ldap.module.js';
export type {
  AttributeTable,
  LdapBackendOptions,
  LdapLayoutName,
  LdapServer,
} from './ldap.options.js';
export { unknownPaths } from './mapping/check-tables.js';
