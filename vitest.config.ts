import { defineConfig } from 'vitest/config';

/** Databases and directories on which the replays of clients run as well as on flat files. */
const STORES = [
  'sqlite',
  'postgres',
  'mariadb',
  'ldap',
  'ldap-tls',
  'ldap-standard',
  'ldap-standard-tls',
];

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    projects: [
      { extends: true, test: { name: 'all', include: ['{apps,libs,test}/**/*.spec.ts'] } },
      ...STORES.map((store) => ({
        extends: true as const,
        test: {
          name: `clients on ${store}`,
          include: ['test/clients/*.spec.ts'],
          env: { SCIM_TEST_STORE: store },
        },
      })),
    ],
    environment: 'node',
    // Shared machines can be slow; nothing waits for these times when all is well.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
