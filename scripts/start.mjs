/**
 * Builds the service and becomes it: the process that gets a signal is the one that serves. Where
 * only what production needs is installed, it starts what was built before.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = dirname(import.meta.dirname);
const built = join(root, 'dist/apps/scim/src/main.js');
const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');

if (existsSync(nest)) {
  process.stderr.write('Building the service; it starts in some seconds …\n');
  const { status } = spawnSync(process.execPath, [nest, 'build', 'scim'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) process.exit(status ?? 1);
} else if (!existsSync(built)) {
  process.stderr.write(
    'Nothing is built here, and what builds it is not installed: run `npm ci` and `npm run build`.\n',
  );
  process.exit(1);
}
await import(pathToFileURL(built).href);
