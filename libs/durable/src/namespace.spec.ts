import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** A pid namespace of its own, where the program is process 1, and without /proc. */
const CONTAINER = ['--pid', '--fork', '--kill-child', '--mount', 'sh', '-c'];
const HIDE = 'mount -t tmpfs none /proc && exec "$0" "$@"';

/** Whether this process may make namespaces; in CI it has to. */
const mayUnshare = ((): boolean => {
  try {
    execFileSync('unshare', [...CONTAINER, HIDE, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env.CI === 'true') throw new Error('unshare is needed for the tests');
    console.log('skipped: locks in containers without /proc: this process may not unshare');
    return false;
  }
})();

describe.skipIf(!mayUnshare)('the lock of process 1 in a container without /proc', () => {
  let folder: string;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'namespace-'));
    await build({
      configFile: false,
      logLevel: 'error',
      build: {
        ssr: fileURLToPath(new URL('./testing/lock-worker.ts', import.meta.url)),
        outDir: folder,
        emptyOutDir: false,
        rollupOptions: { output: { entryFileNames: 'worker.mjs' } },
      },
    });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  /** Resolves with the first thing it says, on either stream. */
  async function start(): Promise<{ child: ChildProcess; said: string }> {
    const worker = [process.execPath, join(folder, 'worker.mjs'), join(folder, 'lock')];
    const child = spawn('unshare', [...CONTAINER, HIDE, ...worker]);
    children.push(child);
    const [data] = await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]);
    return { child, said: String(data) };
  }

  it('R-391 is kept while it runs, and is free for the next process 1 when it was killed', async () => {
    const first = await start();
    expect(first.said).toBe('held by 1\n');
    const second = await start();
    expect(second.said).not.toContain('held');
    const ended = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await ended;
    expect((await start()).said).toBe('held by 1\n');
  });
});
