import { defineConfig } from 'vitest/config';
import { availableStores } from './test/support/stores/list.js';

const stores = availableStores();

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    projects: [
      { extends: true, test: { name: 'all', include: ['{apps,libs,test}/**/*.spec.ts'] } },
      // The replays of clients run on every store as well as on flat files.
      ...stores.map(({ name }) => ({
        extends: true as const,
        test: {
          name: `clients on ${name}`,
          include: ['test/clients/*.spec.ts'],
          env: { SCIM_TEST_STORE: name },
        },
      })),
      // So does the fuzzing of the service.
      ...stores.map(({ name }) => ({
        extends: true as const,
        test: {
          name: `fuzz on ${name}`,
          include: ['test/fuzz/*.spec.ts'],
          env: { SCIM_TEST_STORE: name },
        },
      })),
    ],
    environment: 'node',
    setupFiles: ['test/support/same-properties.ts'],
    // Shared machines can be slow; nothing waits for these times when all is well.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
