import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The service as its README starts it: by npm, from a build. */
const ROOT = resolve(import.meta.dirname, '../..');

interface Started {
  readonly npm: ChildProcess;
  /** Both outputs, so far. */
  output(): string;
  /** Its address, once it listens. */
  listening(): Promise<string>;
  ended: Promise<number | string>;
}

let folder: string;
const started: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-'));
});
afterAll(() => {
  for (const { pid } of started) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL'); // whatever a failed test left of its group
    } catch {
      // nothing is left, as it should be
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

function npm(cwd: string, ...args: readonly string[]): Started {
  const child = spawn('npm', args, {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      HOST: '127.0.0.1',
      PORT: '0',
      API_KEY: 'start-key',
      DATA_PATH: join(folder, 'data'),
    },
  });
  started.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const ended = once(child, 'close').then(([code, signal]): number | string => code ?? signal);
  const listening = async () => {
    const url = () => /"url":"([^"]+)"/.exec(text)?.[1];
    const over = ended.then((code) => {
      throw new Error(`it ended with ${code}: ${text}`);
    });
    await Promise.race([expect.poll(url, { timeout: 110_000 }).toBeDefined(), over]);
    return url() ?? '';
  };
  return { npm: child, output: () => text, listening, ended };
}

/** What `npm ci --omit=dev` installs, next to a build and nothing else. */
function productionInstall(): string {
  const install = join(folder, 'production');
  for (const part of ['dist', 'schemas', 'scripts/start.mjs', 'package.json']) {
    cpSync(join(ROOT, part), join(install, part), { recursive: true });
  }
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<
      Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean }>
    >;
  };
  for (const [path, { dev, devOptional, optional }] of Object.entries(lock.packages)) {
    const isTop = /^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path);
    if (!isTop || dev || devOptional || optional) continue;
    mkdirSync(dirname(join(install, path)), { recursive: true });
    symlinkSync(join(ROOT, path), join(install, path));
  }
  return install;
}

async function stopsByItself(
  { npm: child, listening, ended, output }: Started,
  signal: 'SIGTERM' | 'SIGINT',
) {
  const url = await listening();
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  child.kill(signal);
  await ended;
  await expect.poll(() => fetch(url).then(String, () => 'refused')).toBe('refused');
  expect(output()).toContain('shutting down');
}

describe('npm start', () => {
  it('R-501 shows that it builds, and a signal to npm ends the service', async () => {
    const service = npm(ROOT, 'start');
    await expect.poll(service.output, { timeout: 60_000 }).toContain('Building the service');
    await stopsByItself(service, 'SIGTERM');
  }, 180_000);

  it('R-504 starts a production install, which has a build and nothing that builds', async () => {
    const install = productionInstall();
    const service = npm(install, 'start');
    await stopsByItself(service, 'SIGINT');
    expect(service.output()).not.toContain('Building');
    await stopsByItself(npm(install, 'run', 'start:prod'), 'SIGTERM');
    rmSync(join(install, 'dist'), { recursive: true });
    const unbuilt = npm(install, 'start');
    expect(await unbuilt.ended).toBe(1);
    expect(unbuilt.output()).toContain('npm run build');
  }, 180_000);
});
