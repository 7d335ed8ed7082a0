import { afterAll, beforeAll, describe } from 'vitest';
import { findTool, missing } from '../support/tools.js';

/** What the clients do, once more, on a directory: each on a server of its own, over TLS. */
const CLIENTS: Readonly<Record<string, () => Promise<unknown>>> = {
  SRAM: () => import('./sram.spec.js'),
  Okta: () => import('./okta.spec.js'),
  'Microsoft Entra ID': () => import('./entra.spec.js'),
};

const skip = missing(findTool('slapd'), 'slapd');

describe.skipIf(skip)('on LDAP', async () => {
  const before = process.env.SCIM_TEST_STORE;
  beforeAll(() => {
    process.env.SCIM_TEST_STORE = 'ldap';
  });
  afterAll(() => {
    if (before === undefined) delete process.env.SCIM_TEST_STORE;
    else process.env.SCIM_TEST_STORE = before;
  });
  for (const [client, replay] of Object.entries(CLIENTS)) {
    await describe(client, async () => {
      await replay();
    });
  }
});
