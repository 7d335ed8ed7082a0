import type { Environment } from './environment.js';
import { type Report, readText } from './files.js';
import type { AttributeTable, LdapServer } from './ldap-values.js';

/** The LDAP directory to keep resources in. */
export interface LdapConfiguration {
  /** In order of preference. */
  readonly servers: readonly LdapServer[];
  readonly startTls: boolean;
  /** PEM text of the authorities to trust instead of the system's. */
  readonly ca: string | undefined;
  readonly baseName: string;
  readonly userName: string;
  readonly password: string;
  readonly layout: 'reference' | 'standard';
  /** Whether `memberOf` can be relied upon. */
  readonly memberOf: boolean;
  /** By name of the resource type. */
  readonly attributes: Readonly<Record<string, AttributeTable>>;
}

/** Undefined where no directory is asked for. */
export function ldapOf(environment: Environment, report: Report): LdapConfiguration | undefined {
  const { LDAP_HOSTNAME: servers, LDAP_CA } = environment;
  if (!Array.isArray(servers)) return undefined; // not set, or reported already
  const ca = LDAP_CA === undefined ? undefined : readText('LDAP_CA', LDAP_CA, report);
  return Object.freeze({
    servers,
    startTls: environment.LDAP_STARTTLS,
    ca,
    baseName: environment.LDAP_BASENAME,
    userName: environment.LDAP_USERNAME,
    password: environment.LDAP_PASSWORD,
    layout: environment.LDAP_LAYOUT,
    memberOf: environment.LDAP_MEMBEROF,
    attributes: {
      User: environment.LDAP_USER_ATTRIBUTES,
      Group: environment.LDAP_GROUP_ATTRIBUTES,
    },
  });
}
