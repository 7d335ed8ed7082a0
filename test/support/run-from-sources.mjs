/**
 * Runs `apps/scim/src/main.ts`, or another program of the sources, as the process it is, without a
 * build: Vite, which is there for the tests anyway, translates the sources as it does for them.
 */
import { createServer } from 'vite';

const root = new URL('../..', import.meta.url).pathname;
const vite = await createServer({
  root,
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  server: { middlewareMode: true, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
});
const [main = '/apps/scim/src/main.ts'] = process.argv.splice(2, 1);
await vite.ssrLoadModule(main);
