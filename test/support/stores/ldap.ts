import { ADMIN, BASE, PASSWORD, Slapd } from '../../../libs/backend-ldap/src/testing/slapd.js';
import type { TestStore } from './test-store.js';

const OVERLAYS = ['memberof', 'refint', 'unique', 'sssvlv'] as const;

/** A directory: plain, or with overlays, memberOf and TLS. */
export async function directory(
  layout: 'reference' | 'standard',
  overlays: boolean,
): Promise<TestStore> {
  const memberOfClass = layout === 'reference' ? 'device' : 'groupOfMembers';
  const slapd = await Slapd.start(
    overlays ? { tls: true, overlays: OVERLAYS, memberOfClass, unique: 'documentLocation' } : {},
  );
  const secured = { LDAP_STARTTLS: 'true', LDAP_CA: slapd.authority, LDAP_MEMBEROF: 'true' };
  return {
    env: {
      LDAP_HOSTNAME: slapd.url,
      LDAP_BASENAME: BASE,
      LDAP_USERNAME: ADMIN,
      LDAP_PASSWORD: PASSWORD,
      LDAP_LAYOUT: layout,
      ...(overlays ? secured : {}),
    },
    remove: () => slapd.remove(),
  };
}
