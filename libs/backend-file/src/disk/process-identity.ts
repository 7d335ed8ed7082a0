import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** What tells one process from all others, also from later ones with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Which boot of which machine, and which pid namespace: within one, pids can be compared. */
  readonly space: string;
  /** When the process started, in the kernel's ticks; empty where there is no /proc. */
  readonly start: string;
}

export function ownIdentity(): ProcessIdentity {
  const boot = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const namespace = attempt(() => readlinkSync('/proc/self/ns/pid'));
  const host = hostname();
  return {
    pid: process.pid,
    host,
    space: boot === undefined ? host : `${boot} ${namespace ?? ''}`,
    start: processStart(process.pid) ?? '',
  };
}

/** Whether the process runs; only to be asked about one of our own space. */
export function isAlive({ pid, start }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    const denied = error instanceof Error && 'code' in error && error.code === 'EPERM';
    if (!denied) return false;
  }
  const now = processStart(pid);
  // Without /proc a pid that is in use is taken at its word.
  return start === '' || (now !== undefined && now === start);
}

/** Field 22 of /proc/<pid>/stat; undefined if there is no such process, or only its remains. */
function processStart(pid: number): string | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The name of the program stands in parentheses and may hold anything.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' || fields?.[0] === 'X' ? undefined : fields?.[19];
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
