import { readText } from '../files.js';
import { Choice, Flag, fromJson, Parsed, Secret, Text } from '../variables/kinds.js';
import {
  type AttributeTable,
  type LdapServer,
  readAttributeTable,
  readLdapServers,
} from './ldap-values.js';
import { defineStore } from './store.js';

const LDAP_TABLE = 'a JSON object of attribute paths and LDAP attributes, like {"title": "title"}';

export class LdapVariables {
  /** Keep resources in an LDAP directory: its servers, the preferred one first. */
  @Parsed('hosts or ldap:// and ldaps:// addresses, separated by blanks or commas', readLdapServers)
  LDAP_HOSTNAME: readonly LdapServer[] = [];

  /** Encrypt connections to `ldap://` addresses before anything else is sent. */
  @Flag()
  LDAP_STARTTLS = false;

  /** PEM file of the authorities to trust instead of the system's. */
  @Text()
  LDAP_CA?: string;

  /** Entry that holds the units of users and groups. */
  @Text()
  LDAP_BASENAME = 'dc=example,dc=org';

  /** Whom to bind as. */
  @Text()
  LDAP_USERNAME = 'cn=admin,dc=example,dc=org';

  /** Password to bind with. */
  @Secret()
  @Text()
  LDAP_PASSWORD = '';

  /**
   * What entries look like: as the reference writes them, as other software expects them, or as
   * accounts and groups of an Active Directory.
   */
  @Choice(['reference', 'standard', 'activedirectory'])
  LDAP_LAYOUT: 'reference' | 'standard' | 'activedirectory' = 'reference';

  /** Library for the messages of LDAP; ldapjs is no longer maintained, ldapts is. */
  @Choice(['ldapjs', 'ldapts'])
  LDAP_CLIENT: 'ldapjs' | 'ldapts' = 'ldapjs';

  /** `memberOf` is complete: an overlay keeps it for these groups, since before the first of them. */
  @Flag()
  LDAP_MEMBEROF = false;

  /** LDAP attributes of users, laid over the layout's own table. */
  @Parsed(LDAP_TABLE, fromJson(readAttributeTable))
  LDAP_USER_ATTRIBUTES: AttributeTable = {};

  /** The same for groups. */
  @Parsed(LDAP_TABLE, fromJson(readAttributeTable))
  LDAP_GROUP_ATTRIBUTES: AttributeTable = {};
}

/** An LDAP directory. */
export const ldapStore = defineStore({
  name: 'LDAP',
  variables: LdapVariables,
  chosenBy: 'LDAP_HOSTNAME',
  settings: ({ LDAP_CA, ...variables }, report) =>
    Object.freeze({
      servers: variables.LDAP_HOSTNAME,
      startTls: variables.LDAP_STARTTLS,
      ca: LDAP_CA === undefined ? undefined : readText('LDAP_CA', LDAP_CA, report),
      baseName: variables.LDAP_BASENAME,
      userName: variables.LDAP_USERNAME,
      password: variables.LDAP_PASSWORD,
      layout: variables.LDAP_LAYOUT,
      client: variables.LDAP_CLIENT,
      memberOf: variables.LDAP_MEMBEROF,
      attributes: {
        User: variables.LDAP_USER_ATTRIBUTES,
        Group: variables.LDAP_GROUP_ATTRIBUTES,
      },
    }),
  place: ({ servers, baseName }) =>
    `${servers.map(({ secure, host, port }) => `${secure ? 'ldaps' : 'ldap'}://${host}:${port}`).join(' ')} (${baseName})`,
  guarantees:
    'several instances with the overlay unique; the server compares versions; events in a journal',
  takesPasswords: true,
  peers: ({ servers, startTls }) =>
    servers.map(({ host, secure }) => ({
      name: 'The LDAP server',
      host,
      encrypted: secure || startTls,
    })),
  check: async ({ attributes }, { types }) => {
    const { unknownPaths } = await import('#backend-ldap');
    return unknownPaths(types, attributes);
  },
  module: async ({ ca, ...settings }, { name, isDefault, passwords, logger }) => {
    const { LdapModule } = await import('#backend-ldap');
    // Accounts are served wherever they stand below the base, so those of a tenant would be everybody's.
    if (settings.layout === 'activedirectory' && !isDefault) {
      throw new Error(
        `LDAP_LAYOUT=activedirectory serves one tenant, and there is another one, "${name}": start a service of its own for it, with a LDAP_BASENAME beside this one.`,
      );
    }
    return LdapModule.register({
      ...settings,
      passwords,
      ...(ca === undefined ? {} : { ca }),
      ...(isDefault ? {} : { unit: name }),
      report: (message, cause) => logger.warn({ err: cause }, message),
    });
  },
});
