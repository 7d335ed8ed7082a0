import { backendModule } from '#backend';
import { LdapConnector } from './ldap.connector.js';
import type { LdapBackendOptions } from './ldap.options.js';

/** Provides the LDAP backend under `BACKEND`: `LdapModule.register({ servers, baseName })`. */
export class LdapModule extends backendModule(
  (options: LdapBackendOptions) => new LdapConnector(options),
) {}
