import { defineConfig } from 'vitest/config';

/** The backend's kit and the replays of clients on the directory server that `DIRECTORY` names. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    globalSetup: 'libs/backend-ldap/src/testing/directories/global-setup.ts',
    projects: [
      {
        extends: true,
        test: { name: 'kit', include: ['libs/backend-ldap/src/testing/directories/*.run.ts'] },
      },
      // Active Directory takes no layout yet: the kit says what is seen of that.
      ...(process.env.DIRECTORY === 'samba-ad' ? [] : ['reference', 'standard']).map((layout) => ({
        extends: true as const,
        test: {
          name: `clients, ${layout} layout`,
          include: ['test/clients/*.spec.ts'],
          env: { SCIM_TEST_STORE: `directory-${layout}` },
        },
      })),
    ],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
});
