/** An LDAP server's address. */
export interface LdapServer {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
}

/** Path of a SCIM attribute → LDAP attribute. */
export type AttributeTable = Readonly<Record<string, string>>;

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
