/** Runs a TypeScript file of the sources in this process: `node run-source.mjs <file>`. For tests. */
import { resolve } from 'node:path';
import { createServer, createServerModuleRunner } from 'vite';

const conditions = ['source', 'node'];
const server = await createServer({
  root: resolve(import.meta.dirname, '../..'),
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  optimizeDeps: { noDiscovery: true, include: [] },
  server: { middlewareMode: true, watch: null, hmr: false, ws: false },
  ssr: { resolve: { conditions, externalConditions: conditions } },
});
const runner = createServerModuleRunner(server.environments.ssr, { hmr: false });
await runner.import(resolve(process.argv[2]));
