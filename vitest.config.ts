import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['{apps,libs,test}/**/*.spec.ts'],
    environment: 'node',
    // Shared machines can be slow; nothing waits for these times when all is well.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
