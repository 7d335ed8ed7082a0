import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { CACHE } from './tools.mjs';

/** Runs buildah or podman on images of its own, so that it neither sees nor changes the machine's. */
export function storage(command, args, options) {
  const root = join(CACHE, 'images');
  const runroot = join(CACHE, 'images-run');
  for (const folder of [root, runroot]) mkdirSync(folder, { recursive: true });
  return run(command, ['--root', root, '--runroot', runroot, ...args], options);
}
