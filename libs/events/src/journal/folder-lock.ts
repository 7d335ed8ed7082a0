import { randomUUID } from 'node:crypto';
import { promises as fs, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isObject, type JsonObject } from '#scim';

const HEARTBEAT_MS = 1_000;
/** A lock from elsewhere that was not refreshed for so long belongs to nobody. */
const ABANDONED_MS = 5_000;
/** How long to wait for a process that is about to end. */
const PATIENCE_MS = 10_000;

/**
 * One process per folder. Within one machine and container the process itself is looked for;
 * elsewhere the holder is taken for gone when it no longer refreshes the lock.
 */
export class FolderLock {
  readonly #path: string;
  readonly #token = randomUUID();
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(private readonly folder: string) {
    this.#path = join(folder, 'lock');
  }

  /** @throws Error that says which folder is in use */
  async acquire(): Promise<void> {
    await fs.mkdir(this.folder, { recursive: true });
    const deadline = Date.now() + PATIENCE_MS;
    let seen: { text: string; mtimeMs: number; since: number } | undefined;
    while (!(await this.#create())) {
      const text = await fs.readFile(this.#path, 'utf8').catch(() => undefined);
      const stat = await fs.stat(this.#path).catch(() => undefined);
      if (text === undefined || stat === undefined) continue; // released this moment
      if (seen?.text !== text || seen.mtimeMs !== stat.mtimeMs) {
        seen = { text, mtimeMs: stat.mtimeMs, since: Date.now() };
      }
      if (isGone(text) ?? Date.now() - seen.since > ABANDONED_MS) {
        await this.#clear(text);
        continue;
      }
      if (Date.now() > deadline) throw new Error(`The event journal ${this.folder} is in use.`);
      await delay(100);
    }
    this.#heartbeat = setInterval(() => {
      const now = new Date();
      fs.utimes(this.#path, now, now).catch(() => undefined);
    }, HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  async release(): Promise<void> {
    if (this.#heartbeat === undefined) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
    const text = await fs.readFile(this.#path, 'utf8').catch(() => '');
    if (parse(text)?.token === this.#token) await fs.rm(this.#path, { force: true });
  }

  async #create(): Promise<boolean> {
    const temporary = `${this.#path}.${this.#token}`;
    await fs.writeFile(temporary, JSON.stringify({ ...identity(process.pid), token: this.#token }));
    try {
      await fs.link(temporary, this.#path);
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    } finally {
      await fs.rm(temporary, { force: true });
    }
  }

  /** Takes a stale lock away, unless it was replaced meanwhile. */
  async #clear(stale: string): Promise<void> {
    const aside = `${this.#path}.stale.${this.#token}`;
    try {
      await fs.rename(this.#path, aside);
    } catch {
      return;
    }
    if ((await fs.readFile(aside, 'utf8')) !== stale) {
      await fs.link(aside, this.#path).catch(() => undefined);
    }
    await fs.rm(aside, { force: true });
  }
}

/** Undefined where it cannot be told from here. */
function isGone(text: string): boolean | undefined {
  const holder = parse(text);
  if (holder === undefined) return undefined;
  const own = identity(process.pid);
  if (typeof holder.pid !== 'number' || holder.space !== own.space) return undefined;
  const now = identity(holder.pid);
  // Without /proc nothing is known of a start, and a pid in use is taken at its word.
  return own.start === '' ? !isRunning(holder.pid) : now.start !== holder.start;
}

/** `space` is where pids can be compared: one boot of one machine, one container. */
function identity(pid: number) {
  const boot = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const container = attempt(() => readlinkSync('/proc/self/ns/pid'));
  return { pid, space: `${boot ?? hostname()} ${container ?? ''}`, start: startOf(pid) };
}

/** Field 22 of /proc/<pid>/stat; empty if there is no such process, or only its remains. */
function startOf(pid: number): string {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? '';
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '');
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function attempt(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function parse(text: string): JsonObject | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}
