export { LdapBackend } from './ldap.backend.js';
export { LdapModule } from './ldap.module.js';
export {
  type AttributeTable,
  type LdapBackendOptions,
  type LdapLayoutName,
  type LdapServer,
  readAuthorities,
  readServers,
} from './ldap.options.js';
