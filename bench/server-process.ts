import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Nanoseconds in a tick of /proc/PID/stat; USER_HZ is 100 on every Linux. */
const TICK = 10_000_000;

/** A server in a process of its own, whose CPU time can be read. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly pid: number,
  ) {}

  /** Starts a compiled entry file and waits until `readyPath` answers. */
  static async start(
    entry: string,
    port: number,
    readyPath: string,
    env: Record<string, string>,
  ): Promise<ServerProcess> {
    const child = spawn(process.execPath, [entry], {
      env: { ...process.env, ...env, PORT: String(port), HOST: '127.0.0.1' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const { pid } = child;
    if (pid === undefined) throw new Error(`cannot start ${entry}`);
    const server = new ServerProcess(child, `http://127.0.0.1:${port}`, pid);
    for (let tries = 0; tries < 300; tries++) {
      if (child.exitCode !== null) throw new Error(`${entry} ended with ${child.exitCode}`);
      const answer = await fetch(server.url + readyPath).catch(() => undefined);
      if (answer?.ok) return server;
      await delay(100);
    }
    throw new Error(`${entry} does not answer on ${server.url}${readyPath}`);
  }

  /** CPU time used so far, all threads, user and system, in microseconds. */
  cpuMicroseconds(): number {
    try {
      return threadNanoseconds(this.pid) / 1000;
    } catch {
      const fields =
        readFileSync(`/proc/${this.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return ((Number(fields[11]) + Number(fields[12])) * TICK) / 1000;
    }
  }

  /** Resident memory in MiB. */
  residentMiB(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}

/**
 * CPU time of a process, its children, and those of them that ended, in microseconds: of a server
 * that has a process for every connection.
 */
export function familyMicroseconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const living = [String(pid), ...children]
    .filter((text) => text !== '')
    .reduce((total, one) => total + nanosecondsIfAlive(Number(one)), 0);
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (living + (Number(fields[13]) + Number(fields[14])) * TICK) / 1000;
}

/** A process may end between being listed and being read; its parent then counts its time. */
function nanosecondsIfAlive(pid: number): number {
  try {
    return threadNanoseconds(pid);
  } catch {
    return 0;
  }
}

/** Finer than ticks: the scheduler's own count of every thread. */
function threadNanoseconds(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((total, task) => {
    const [ran] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ');
    return total + Number(ran);
  }, 0);
}
