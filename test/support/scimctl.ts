import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { runProgram } from '../../apps/scimctl/src/program.js';
import { Terminal } from '../../apps/scimctl/src/terminal/terminal.js';
import { scratchFolder } from './scratch.js';

/** What a command wrote, and what it ended with. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs scimctl in this process, as without a terminal. */
export async function scimctl(...args: readonly string[]): Promise<Ended> {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    streams[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  const terminal = new Terminal(
    streams.stdout as unknown as NodeJS.WriteStream,
    streams.stderr as unknown as NodeJS.WriteStream,
    new PassThrough() as unknown as NodeJS.ReadStream,
    {},
  );
  const code = await runProgram(args, { terminal, signal: new AbortController().signal });
  for (const name of ['stdout', 'stderr'] as const) {
    streams[name].end();
    await once(streams[name], 'end');
  }
  return { code, ...text };
}

/** What runs scimctl from the sources. */
export const scimctlCommand: readonly [string, ...string[]] = [
  process.execPath,
  join(import.meta.dirname, 'run-from-sources.mjs'),
  '/apps/scimctl/src/main.ts',
];

/** The same as a process of its own, from the sources, to be killed. */
export function scimctlProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { readonly child: ChildProcess; ended(): Promise<Ended & { readonly signal: string | null }> } {
  const [program, ...first] = scimctlCommand;
  const child = spawn(program, [...first, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  const end = once(child, 'close').then(([code, signal]) => ({ code: code ?? -1, signal }));
  return { child, ended: async () => ({ ...(await end), ...text }) };
}

/** A folder with environment files of stores, and what commands write. */
export class Desk {
  readonly folder = scratchFolder('scimctl-');

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Writes the environment of a store to a file, with a folder for what the service keeps for itself. */
  environment(name: string, env: Readonly<Record<string, string>>): string {
    const all = { API_KEY: 'test-key', DATA_PATH: this.path(`${name}.data`), ...env };
    const lines = Object.entries(all).map(([key, value]) => `${key}='${value}'`);
    const file = this.path(`${name}.env`);
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  }
}
