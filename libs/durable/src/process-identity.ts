import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** What tells one process from all others, also from later ones with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /**
   * Which boot of which machine, and which pid namespace: within one, pids can be compared. Absent
   * where the kernel does not say, and then a pid says nothing: that of a container's only process
   * is always 1.
   */
  readonly space?: string;
  /** When the process started, in the kernel's ticks; it goes with `space`. */
  readonly start?: string;
}

export function ownIdentity(): ProcessIdentity {
  const boot = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const namespace = attempt(() => readlinkSync('/proc/self/ns/pid'));
  const start = processStart(process.pid);
  const own = { pid: process.pid, host: hostname() };
  if (boot === undefined || namespace === undefined || start === undefined) return own;
  return { ...own, space: `${boot} ${namespace}`, start };
}

/** Whether the process runs; undefined where that cannot be told from here. */
export function isAlive(process: ProcessIdentity, own = ownIdentity()): boolean | undefined {
  if (own.space === undefined || process.space !== own.space) return undefined;
  return processStart(process.pid) === process.start;
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
