import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The service as a process of its own, started from the sources. */
export interface ServiceProcess {
  readonly child: ChildProcess;
  /** What it wrote to standard output and standard error so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** Its address, once it listens. @throws Error when it ends before */
  listening(): Promise<string>;
  /** Its exit code, or the signal that ended it. */
  ended(): Promise<number | string>;
}

const RUNNER = join(import.meta.dirname, 'run-from-sources.mjs');
/** What the runner starts. */
const SERVICE = '/apps/scim/src/main.ts';

/**
 * @param env all that it gets of the environment, besides PATH
 * @param options user that it runs as, and what stands behind its name on the command line
 */
export function startProcess(
  env: Readonly<Record<string, string>>,
  { uid, args = [] }: { readonly uid?: number; readonly args?: readonly string[] } = {},
): ServiceProcess {
  const child = spawn(process.execPath, [RUNNER, SERVICE, ...args], {
    ...(uid === undefined ? {} : { uid, gid: uid }),
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  const end = once(child, 'close').then(([code, signal]): number | string => code ?? signal);
  return {
    child,
    output: () => ({ ...text }),
    ended: () => end,
    listening: async () => {
      for (;;) {
        const url = /"url":"([^"]+)"/.exec(text.stdout)?.[1];
        if (url !== undefined) return url;
        const next = await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 25))]);
        if (next !== undefined) throw new Error(`it ended with ${next}: ${text.stderr}`);
      }
    },
  };
}
