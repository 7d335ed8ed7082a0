import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const RUNNER = fileURLToPath(new URL('run-source.mjs', import.meta.url));
const MAIN = fileURLToPath(new URL('../../apps/scim/src/main.ts', import.meta.url));

/** The service in a process of its own, to be killed. */
export interface ServiceProcess {
  readonly url: string;
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts it from the sources on a free port; some seconds. @throws Error with what it said last */
export async function startServiceProcess(
  env: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, ['--conditions=source', RUNNER, MAIN], {
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = await listening(child);
  return {
    url,
    kill: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let last = '';
    child.stderr?.on('data', (data: Buffer) => {
      last = data.toString();
    });
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}: ${last}`)));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { msg, url } = JSON.parse(line) as { msg?: string; url?: string };
      if (msg === 'listening' && url !== undefined) resolve(url);
    });
  });
}
