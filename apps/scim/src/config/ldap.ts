import type { Environment } from './environment.js';
import type { Report } from './files.js';
import { readText } from './files.js';

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
  /** By name of the resource type. */
  readonly attributes: Readonly<Record<string, AttributeTable>>;
}

export interface LdapServer {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
}

/** Path of a SCIM attribute → LDAP attribute. */
export type AttributeTable = Readonly<Record<string, string>>;

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
    attributes: {
      User: environment.LDAP_USER_ATTRIBUTES,
      Group: environment.LDAP_GROUP_ATTRIBUTES,
    },
  });
}

/**
 * Hosts, `host:port`, `ldap://` and `ldaps://` addresses, separated by blanks or commas.
 * @returns undefined for what is none of these
 */
export function readLdapServers(text: string): readonly LdapServer[] | undefined {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  const servers = parts.map(readServer).filter((server) => server !== undefined);
  return servers.length > 0 && servers.length === parts.length ? servers : undefined;
}

const SERVER = /^(?:(ldaps?):\/\/)?(\[[0-9a-f:.]+\]|[^\s:/?#[\]@]+)(?::(\d{1,5}))?\/?$/i;

function readServer(text: string): LdapServer | undefined {
  const [, scheme, host, port] = SERVER.exec(text) ?? [];
  if (host === undefined) return undefined;
  const secure = scheme?.toLowerCase() === 'ldaps';
  const number = port === undefined ? (secure ? 636 : 389) : Number(port);
  if (number < 1 || number > 65535) return undefined;
  return { secure, host: host.replace(/^\[|\]$/g, ''), port: number };
}

export function readAttributeTable(value: unknown): AttributeTable | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const lines = Object.entries(value);
  return lines.every(([, name]) => typeof name === 'string' && /^[\w.-]*$/.test(name))
    ? Object.fromEntries(lines)
    : undefined;
}
