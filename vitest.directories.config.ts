import { defineConfig } from 'vitest/config';

// An Active Directory takes its own layout and no other.
const layouts =
  process.env.DIRECTORY === 'samba-ad' ? ['activedirectory'] : ['reference', 'standard'];

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
      ...layouts.flatMap((layout) =>
        ['ldapjs', 'ldapts'].map((client) => ({
          extends: true as const,
          test: {
            name: `clients, ${layout} layout, ${client}`,
            include: ['test/clients/*.spec.ts'],
            env: { SCIM_TEST_STORE: `directory-${layout}`, LDAP_CLIENT: client },
          },
        })),
      ),
    ],
    environment: 'node',
    setupFiles: ['test/support/same-properties.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
});
