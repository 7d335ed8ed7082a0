import { removeFolder, scratchFolder } from '../scratch.js';
import type { TestStore } from './test-store.js';

/** Not a literal: Vitest's configuration bundles what it imports, and this is the whole service. */
const SERVICE = new URL('../service.ts', import.meta.url).href;

/** What is used of it here; it imports the stores itself. */
interface ServiceModule {
  readonly TEST_KEY: string;
  readonly startService: (env: Readonly<Record<string, string>>) => Promise<{
    readonly url: string;
    close(): Promise<void>;
  }>;
}

/** This service on flat files, as the server that another one forwards to. */
export async function upstream(): Promise<TestStore> {
  const { startService, TEST_KEY }: ServiceModule = await import(SERVICE);
  const folder = scratchFolder('scim-upstream-');
  const service = await startService({ DATA_PATH: folder });
  return {
    env: { FORWARD_SCIM_URL: service.url, FORWARD_SCIM_KEY: TEST_KEY },
    remove: async () => {
      await service.close();
      removeFolder(folder);
    },
  };
}
