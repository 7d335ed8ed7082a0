import type { Attributes } from '../port/directory.js';

/**
 * Its schema takes neither layout, which would show only with the first resource.
 * @param root what the server says of itself
 * @throws Error that says so
 */
export function refuseActiveDirectory(root: Attributes): void {
  if (!root.has('rootdomainnamingcontext')) return;
  throw new Error(
    'The LDAP server is an Active Directory, whose schema takes none of the layouts of LDAP_LAYOUT. Name another server in LDAP_HOSTNAME.',
  );
}
