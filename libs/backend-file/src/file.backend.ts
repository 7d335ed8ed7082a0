import { promises as fs } from 'node:fs';
import { type Backend, capabilities, type ResourceStore } from '#backend';
import { type FolderLock, removeQuietly, type Serial } from '#durable';
import type { ResourceType } from '#scim';
import type { Journal } from './disk/journal.js';
import type { Layout } from './disk/layout.js';
import type { Attention } from './watch/attention.js';
import { type Presence, unavailable } from './watch/presence.js';
import type { Checkpoints } from './write/checkpoints.js';

/** Bytes for which there has to be room: of a change, its journal and what else is written with it. */
const ROOM = 65_536;

/** What flat files promise. */
export const FILE_SUPPORTS = capabilities({
  cas: 'process',
  unique: 'process',
  inverses: true,
  cascade: true,
  targets: true,
});

/** What is at work between open and close. */
export interface FileParts {
  readonly layout: Layout;
  readonly stores: ReadonlyMap<string, ResourceStore>;
  readonly attention: Attention;
  readonly checkpoints: Checkpoints;
  readonly journal: Journal;
  readonly presence: Presence;
  readonly serial: Serial;
  readonly lock: FolderLock;
}

/**
 * Keeps resources as files, one each, under `dataPath`, and serves them from memory. One process
 * serves a folder. Writes happen one after another: check, make durable, make visible, answer.
 */
export class FileBackend implements Backend {
  readonly supports = FILE_SUPPORTS;
  private closed: Promise<void> | undefined;

  constructor(private readonly parts: FileParts) {}

  close(): Promise<void> {
    this.closed ??= this.finish();
    return this.closed;
  }

  async ping(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.parts.presence.verify();
  }

  async pingWrites(signal: AbortSignal): Promise<void> {
    await this.ping(signal);
    const path = this.parts.layout.newTemporary();
    try {
      await fs.writeFile(path, Buffer.alloc(ROOM), { mode: 0o600, signal });
    } catch (cause) {
      throw unavailable('The data folder cannot be written.', cause);
    } finally {
      await removeQuietly(path);
    }
  }

  store(type: ResourceType): ResourceStore {
    const store = this.parts.stores.get(type.name);
    if (store === undefined) throw new Error(`The file backend is not open for ${type.name}.`);
    return store;
  }

  private async finish(): Promise<void> {
    const { attention, checkpoints, journal, presence, serial, lock } = this.parts;
    attention.stop();
    // What does not succeed is finished by the next start.
    await serial.run(() => journal.settleAll()).catch(() => undefined);
    await checkpoints.finish();
    presence.closed();
    await serial.idle();
    await lock.release();
  }
}
