import { hash, randomUUID } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isObject } from '#scim';
import { errorCode, removeQuietly, signatureOf, unlessMissing } from './durable.js';
import type { Layout } from './layout.js';
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.js';

/** A lock that another machine has not refreshed for so long is taken over, in ms. */
const ABANDONED_AFTER = 30_000;

/** How often to start over when others want a stale lock too. */
const TRIES = 100;

interface Holder extends ProcessIdentity {
  readonly token: string;
}

/** Whose lock lies in the folder. */
export type Tenure = 'ours' | 'missing' | 'another';

/**
 * One process per folder. The lock names the process; whether that process still runs is checked
 * where its pid means something (same machine, same boot, same container), and by whether it still
 * refreshes the lock where not.
 */
export class Lock {
  readonly #holder: Holder = { ...ownIdentity(), token: randomUUID() };

  constructor(
    private readonly layout: Layout,
    private readonly heartbeatEvery: number,
  ) {}

  /** @throws Error that names the folder and the process that serves it */
  async acquire(): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      if (await this.#create()) return;
      const found = await this.#read();
      if (found === undefined) continue; // released this moment
      const { holder, text, age } = found;
      if (!(await this.#isStale(holder, age))) throw inUse(this.layout.root, holder);
      await this.#clear(text);
    }
    throw inUse(this.layout.root, undefined);
  }

  /** @throws system errors when the folder cannot be read, but for missing files */
  async tenure(): Promise<Tenure> {
    const found = await this.#read();
    if (found === undefined) return 'missing';
    return found.holder?.token === this.#holder.token ? 'ours' : 'another';
  }

  /** Tells other machines that we are here. */
  async refresh(): Promise<void> {
    const now = new Date();
    await fs.utimes(this.layout.lock, now, now);
  }

  async release(): Promise<void> {
    const tenure = await this.tenure().catch(() => 'missing');
    if (tenure === 'ours') await removeQuietly(this.layout.lock);
  }

  /** Linking a complete file is atomic and never replaces one that is there. */
  async #create(): Promise<boolean> {
    const temporary = this.layout.newTemporary();
    await fs.writeFile(temporary, JSON.stringify(this.#holder));
    try {
      await fs.link(temporary, this.layout.lock);
      return true;
    } catch (error) {
      const code = errorCode(error);
      // ENOENT: whoever holds the lock by now has tidied up the temporary files.
      if (code === 'EEXIST' || code === 'ENOENT') return false;
      if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
      return await this.#createExclusively(); // a file system without hard links
    } finally {
      await removeQuietly(temporary);
    }
  }

  async #createExclusively(): Promise<boolean> {
    try {
      await fs.writeFile(this.layout.lock, JSON.stringify(this.#holder), { flag: 'wx' });
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
  }

  async #read(): Promise<{ holder: Holder | undefined; text: string; age: number } | undefined> {
    const text = await unlessMissing(fs.readFile(this.layout.lock, 'utf8'));
    const signature = await signatureOf(this.layout.lock);
    if (text === undefined || signature === undefined) return undefined;
    return { holder: parseHolder(text), text, age: Date.now() - signature.mtimeMs };
  }

  async #isStale(holder: Holder | undefined, age: number): Promise<boolean> {
    if (holder?.space === this.#holder.space) return !isAlive(holder);
    if (age > ABANDONED_AFTER) return true;
    // A container that was killed and restarted keeps its host name: see whether anybody refreshes.
    return holder?.host === this.#holder.host && !(await this.#isRefreshed());
  }

  async #isRefreshed(): Promise<boolean> {
    const before = await signatureOf(this.layout.lock);
    await delay(3 * this.heartbeatEvery);
    const after = await signatureOf(this.layout.lock);
    return after !== undefined && after.mtimeMs !== before?.mtimeMs;
  }

  /**
   * Takes a stale lock out of the way. Whoever makes the guard that is named after it is the only
   * one who may, so that nobody removes the lock of who was faster.
   */
  async #clear(stale: string): Promise<void> {
    const guard = `${this.layout.lock}.${hash('sha1', stale)}`;
    try {
      await fs.writeFile(guard, '', { flag: 'wx' });
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
      const since = (await signatureOf(guard))?.mtimeMs ?? Date.now();
      if (Date.now() - since > ABANDONED_AFTER) await removeQuietly(guard);
      return delay(10);
    }
    try {
      const now = await unlessMissing(fs.readFile(this.layout.lock, 'utf8'));
      if (now === stale) await fs.unlink(this.layout.lock);
    } finally {
      await removeQuietly(guard);
    }
  }
}

function inUse(root: string, holder: Holder | undefined): Error {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return new Error(
    `The data folder ${root} is in use by ${who}. Stop it, or set DATA_PATH to another folder; ` +
      'one folder is served by one process.',
  );
}

function parseHolder(text: string): Holder | undefined {
  try {
    const json: unknown = JSON.parse(text);
    if (!isObject(json)) return undefined;
    const { pid, host, space, start, token } = json;
    const complete =
      typeof pid === 'number' &&
      typeof host === 'string' &&
      typeof space === 'string' &&
      typeof start === 'string' &&
      typeof token === 'string';
    return complete ? { pid, host, space, start, token } : undefined;
  } catch {
    return undefined;
  }
}
