import { readFileSync } from 'node:fs';

/** Where entries go and what they look like. */
export type LdapLayoutName = 'reference' | 'standard';

/** Path of a SCIM attribute → LDAP attribute; the empty string leaves the path unmapped. */
export type AttributeTable = Readonly<Record<string, string>>;

export interface LdapBackendOptions {
  /** Servers in order of preference: `ldap://…`, `ldaps://…` (`LDAP_HOSTNAME`); see `readServers`. */
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
  /** Connections for single operations; as many more for long scans. Default 4. */
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
  layout: 'reference',
  poolSize: 4,
  connectTimeout: 5_000,
  timeout: 10_000,
  keepAliveEvery: 60_000,
  pageSize: 500,
} as const;

/**
 * Reads `LDAP_HOSTNAME`: hosts, `host:port` or `ldap://` and `ldaps://` addresses, separated by
 * blanks or commas.
 * @returns undefined for what is none of these
 */
export function readServers(text: string): readonly LdapServer[] | undefined {
  const servers = text
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map(readServer);
  const known = servers.filter((server) => server !== undefined);
  return known.length > 0 && known.length === servers.length ? known : undefined;
}

function readServer(text: string): LdapServer | undefined {
  const match = /^(?:(ldaps?):\/\/)?(\[[0-9a-f:.]+\]|[^\s:/?#[\]@]+)(?::(\d{1,5}))?\/?$/i.exec(
    text,
  );
  const [, scheme, host, port] = match ?? [];
  if (host === undefined) return undefined;
  const secure = scheme?.toLowerCase() === 'ldaps';
  const number = port === undefined ? (secure ? 636 : 389) : Number(port);
  if (number < 1 || number > 65535) return undefined;
  return { secure, host: host.replace(/^\[|\]$/g, ''), port: number };
}

/** @throws Error that names the file when it cannot be read */
export function readAuthorities(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`LDAP_CA names ${path}, which cannot be read.`, { cause });
  }
}
