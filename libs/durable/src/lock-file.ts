import { hash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createFile, errorCode, removeQuietly, unlessMissing } from './disk.js';
import type { ProcessIdentity } from './process-identity.js';

/** Who holds a lock. */
export interface Holder extends ProcessIdentity {
  /** Of this one holding. */
  readonly token: string;
  /** The lock's file as its holder made it: a copy of the folder has another one. */
  readonly file?: { readonly dev: number; readonly ino: number };
}

/** A lock as it lies in the folder. */
export interface FoundLock {
  /** Undefined if its text does not say. */
  readonly holder: Holder | undefined;
  readonly text: string;
  readonly dev: number;
  readonly ino: number;
  readonly mtimeMs: number;
}

/** How long a guard may lie there before whoever made it is taken for dead, in ms. */
const GUARD_ABANDONED_AFTER = 10_000;

/** The file that says who uses a folder. */
export class LockFile {
  private guard: { readonly name: string; readonly since: number } | undefined;

  constructor(readonly path: string) {}

  /** Linking a complete file is atomic and never replaces one that is there. */
  async create(holder: Holder): Promise<boolean> {
    const temporary = `${this.path}.${holder.token}`;
    try {
      await writeHolder(temporary, holder);
      await fs.link(temporary, this.path);
      return true;
    } catch (error) {
      const code = errorCode(error);
      // ENOENT: whoever holds the lock by now has tidied up.
      if (code === 'EEXIST' || code === 'ENOENT') return false;
      if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    } finally {
      await removeQuietly(temporary);
    }
    return await this.createWithoutLink(holder); // a file system without hard links
  }

  private async createWithoutLink(holder: Holder): Promise<boolean> {
    try {
      await writeHolder(this.path, holder);
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
  }

  /** Undefined when there is none. */
  async read(): Promise<FoundLock | undefined> {
    const text = await unlessMissing(fs.readFile(this.path, 'utf8'));
    const stat = await unlessMissing(fs.stat(this.path));
    if (text === undefined || stat === undefined) return undefined;
    const { dev, ino, mtimeMs } = stat;
    return { holder: parseHolder(text), text, dev, ino, mtimeMs };
  }

  /** Shows others that its holder is there. */
  async touch(): Promise<void> {
    const now = new Date();
    await fs.utimes(this.path, now, now);
  }

  async remove(): Promise<void> {
    await removeQuietly(this.path);
  }

  /**
   * Takes a stale lock out of the way. Whoever makes the guard that is named after it is the only
   * one who may, so that nobody removes the lock of who was faster.
   */
  async clear(stale: string): Promise<void> {
    const guard = `${this.path}.${hash('sha1', stale)}`;
    try {
      await (await createFile(guard)).close();
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
      if (this.guard?.name !== guard) this.guard = { name: guard, since: performance.now() };
      if (performance.now() - this.guard.since > GUARD_ABANDONED_AFTER) await removeQuietly(guard);
      return delay(10);
    }
    try {
      const now = await unlessMissing(fs.readFile(this.path, 'utf8'));
      if (now === stale) await fs.unlink(this.path);
    } finally {
      await removeQuietly(guard);
    }
  }
}

async function writeHolder(path: string, holder: Holder): Promise<void> {
  const handle = await createFile(path);
  try {
    const { dev, ino } = await handle.stat();
    await handle.writeFile(JSON.stringify({ ...holder, file: { dev, ino } }));
  } catch (error) {
    await removeQuietly(path); // a disk that is full; half a lock would keep everybody out
    throw error;
  } finally {
    await handle.close();
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null) return undefined;
    const complete =
      'pid' in json && typeof json.pid === 'number' && 'token' in json && 'host' in json;
    // Written by this class, so the rest of its shape is known.
    return complete ? (json as unknown as Holder) : undefined;
  } catch {
    return undefined;
  }
}
