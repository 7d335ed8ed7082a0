/** Where entries go and what they look like. */
export type LdapLayoutName = 'reference' | 'standard' | 'activedirectory';

/** Path of a SCIM attribute → LDAP attribute; the empty string leaves the path unmapped. */
export type AttributeTable = Readonly<Record<string, string>>;

export interface LdapBackendOptions {
  /** Servers in order of preference (`LDAP_HOSTNAME`). */
  readonly servers: readonly LdapServer[];
  /** Encrypt `ldap://` connections before anything else is sent (`LDAP_STARTTLS`). Default false. */
  readonly startTls?: boolean;
  /** PEM text of the authorities to trust instead of the system's (`LDAP_CA` names the file). */
  readonly ca?: string;
  /** Entry that holds the units of users and groups; it must exist (`LDAP_BASENAME`). */
  readonly baseName: string;
  /** Name of a unit below `baseName` that holds the units instead; made when missing. For tenants. */
  readonly unit?: string;
  /** Whom to bind as (`LDAP_USERNAME`, `LDAP_PASSWORD`). Without a name: anonymously. */
  readonly userName?: string;
  readonly password?: string;
  /** Default `reference`. */
  readonly layout?: LdapLayoutName;
  /** By name of the resource type; laid over the layout's own table. */
  readonly attributes?: Readonly<Record<string, AttributeTable>>;
  /**
   * `memberOf` may be relied upon (`LDAP_MEMBEROF`): an overlay keeps it for the groups of this
   * layout, and has done so since before the first one. Default false.
   */
  readonly memberOf?: boolean;
  /** The directory gets passwords as they were sent, and checks them (`PASSWORDS=pass`). Default false. */
  readonly passwords?: boolean;
  /** The library that writes and reads messages (`LDAP_CLIENT`). Default `ldapjs`. */
  readonly client?: 'ldapjs' | 'ldapts';
  /** Connections for single operations; as many more each for scans and for sorted lists. Default 4. */
  readonly poolSize?: number;
  /** Milliseconds until a connection, bound and encrypted, must stand. Default 5000. */
  readonly connectTimeout?: number;
  /** Milliseconds until an operation must be answered. Default 10000. */
  readonly timeout?: number;
  /** Milliseconds between signs of life on idle connections. Default 60000. */
  readonly keepAliveEvery?: number;
  /** Entries read at a time. Default 500. */
  readonly pageSize?: number;
  /** Told, once each, what a person should look at. Default: silent. */
  readonly report?: (message: string, cause?: unknown) => void;
}

export interface LdapServer {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
}

export const DEFAULTS = {
  startTls: false,
  client: 'ldapjs',
  layout: 'reference',
  memberOf: false,
  passwords: false,
  poolSize: 4,
  connectTimeout: 5_000,
  timeout: 10_000,
  keepAliveEvery: 60_000,
  pageSize: 500,
} as const;
