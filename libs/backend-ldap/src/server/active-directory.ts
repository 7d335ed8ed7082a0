import type { LdapLayoutName, LdapServer } from '../ldap.options.js';
import type { Attributes } from '../port/directory.js';
import type { Pool } from '../port/pool.js';
import type { ServerSchema } from './server-schema.js';

/** Ports of the Global Catalog (MS-ADTS 3.1.1.3.1.10), which has a part of each entry to read. */
const CATALOG_PORTS = [3268, 3269];

/** Whether the server is an Active Directory, by what it says of itself. */
export function isActiveDirectory(root: Attributes): boolean {
  return root.has('rootdomainnamingcontext');
}

/**
 * Its schema takes no other layout, and no other server's takes this one, which would show only with
 * the first resource.
 * @throws Error that says which variable to change
 */
export function checkLayout(
  root: Attributes,
  layout: LdapLayoutName,
  servers: readonly LdapServer[],
): void {
  if (!isActiveDirectory(root)) {
    if (layout !== 'activedirectory') return;
    throw new Error(
      'LDAP_LAYOUT is activedirectory, and the LDAP server is no Active Directory: choose another layout.',
    );
  }
  if (layout !== 'activedirectory') {
    throw new Error(
      'The LDAP server is an Active Directory, whose schema takes LDAP_LAYOUT=activedirectory and no other.',
    );
  }
  const catalog = servers.find(({ port }) => CATALOG_PORTS.includes(port));
  if (catalog !== undefined) {
    throw new Error(
      `LDAP_HOSTNAME names port ${catalog.port}, the Global Catalog, which has a part of each entry and takes no changes: name port ${catalog.port === 3268 ? 389 : 636}.`,
    );
  }
}

/**
 * Passwords of accounts go over the connection, also those that nobody knows.
 * @throws Error that says which variable to change
 */
export function checkEncryption(servers: readonly LdapServer[], startTls: boolean): void {
  const open = servers.find(({ secure, host }) => !secure && !startTls && !isLoopback(host));
  if (open === undefined) return;
  throw new Error(
    `Passwords would go to ${open.host} in clear: use ldaps:// in LDAP_HOSTNAME, or LDAP_STARTTLS=true.`,
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

/** Notes how long values may be, which is in another place than the rest of the schema. */
export async function readLimits(
  pool: Pool,
  root: Attributes,
  schema: ServerSchema,
  names: readonly string[],
): Promise<void> {
  const base = root.get('schemanamingcontext')?.[0]?.toString();
  if (base === undefined) return;
  const operands = names.map(
    (value) => ({ kind: 'equal', attribute: 'lDAPDisplayName', value }) as const,
  );
  const entries = await pool.find({
    base,
    scope: 'one',
    filter: { kind: 'or', operands },
    attributes: ['lDAPDisplayName', 'rangeUpper'],
  });
  schema.limit(
    new Map(
      entries.flatMap(({ attributes }): readonly [string, number][] => {
        const name = attributes.get('ldapdisplayname')?.[0]?.toString();
        const longest = Number(attributes.get('rangeupper')?.[0]?.toString());
        return name === undefined || !(longest > 0) ? [] : [[name, longest]];
      }),
    ),
  );
}
