import { afterAll, beforeAll, describe } from 'vitest';
import { ADMIN, BASE, PASSWORD, Slapd } from '../../libs/backend-ldap/src/testing/slapd.js';
import { everyService } from '../support/service.js';
import { findTool, missing } from '../support/tools.js';

/** What the clients do, once more, on a directory: each on a server of its own, over TLS. */
const CLIENTS: Readonly<Record<string, () => Promise<unknown>>> = {
  SRAM: () => import('./sram.spec.js'),
  Okta: () => import('./okta.spec.js'),
  'Microsoft Entra ID': () => import('./entra.spec.js'),
};

const skip = missing(findTool('slapd'), 'slapd');

for (const [client, replay] of Object.entries(CLIENTS)) {
  describe.skipIf(skip)(`${client} on LDAP`, async () => {
    let slapd: Slapd;
    beforeAll(async () => {
      slapd = await Slapd.start({ tls: true, overlays: ['memberof', 'refint', 'unique'] });
      everyService.env = {
        LDAP_HOSTNAME: slapd.url,
        LDAP_STARTTLS: 'true',
        LDAP_CA: slapd.authority,
        LDAP_BASENAME: BASE,
        LDAP_USERNAME: ADMIN,
        LDAP_PASSWORD: PASSWORD,
        LDAP_LAYOUT: client === 'Okta' ? 'standard' : 'reference',
      };
    });
    afterAll(async () => {
      everyService.env = {};
      await slapd?.remove();
    });
    await replay();
  });
}
