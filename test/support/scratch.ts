import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findTool } from './tools.js';

/** Servers that a test starts for itself, in a temporary folder and on a port that is free. */

/**
 * Where scripts/install-test-tools.mjs puts what comes from PyPI. Everything runs from the root of the
 * checkout; the benchmark's programs are compiled into another folder.
 */
const FROM_PYPI = ['mongo-test-server', 'scim2-server', 'schemathesis'].map((folder) =>
  join(process.cwd(), '.cache', folder, 'bin'),
);

/** Path of a program, or undefined when this machine does not have it. */
export function findProgram(name: string): string | undefined {
  // Debian keeps these off the PATH, by version.
  const versions = folders('/usr/lib/postgresql').map((version) => join(version, 'bin', name));
  const fromPyPi = FROM_PYPI.map((folder) => join(folder, name));
  return findTool(name) ?? [...versions.reverse(), ...fromPyPi].find(isExecutable);
}

/**
 * Why tests with these programs cannot run here; undefined when they can. Where everything is
 * supposed to be there (CI) that is an error instead.
 */
export function whyNot(...programs: readonly string[]): string | undefined {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length === 0) return undefined;
  const reason = `not on this machine: ${missing.join(', ')}; see scripts/install-test-tools.mjs`;
  if (process.env.CI === 'true') throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return reason;
}

/** User that a server runs as, since some refuse root. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** The user of that name if this is root; else whoever this is. */
export function accountOf(name: string): Account {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export function scratchFolder(prefix: string, { uid, gid }: Account = {}): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** A server process; the test that started it stops it. */
export class ServerProcess {
  private child: ChildProcess | undefined;
  private output = '';

  constructor(
    private readonly program: string,
    private readonly args: readonly string[],
    private readonly account: Account,
    /** Resolves once the server answers. */
    private readonly ready: () => Promise<unknown>,
  ) {}

  /** Of the process that runs, if one does. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  async start(): Promise<void> {
    const child = spawn(this.program, this.args, {
      ...this.account,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.output = (this.output + data.toString()).slice(-4_000);
      });
    }
    const deadline = Date.now() + 30_000;
    for (;;) {
      if (await succeeds(this.ready)) return;
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`${this.program} did not start: ${this.output}`);
      }
      await delay(25);
    }
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}

async function succeeds(attempt: () => Promise<unknown>): Promise<boolean> {
  return attempt().then(
    () => true,
    () => false,
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function folders(path: string): readonly string[] {
  try {
    return readdirSync(path).map((name) => join(path, name));
  } catch {
    return [];
  }
}
