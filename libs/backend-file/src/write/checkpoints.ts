import { join, relative } from 'node:path';
import { BackendError } from '#backend';
import {
  moveInto,
  removeDurably,
  removeQuietly,
  type Serial,
  sameSignature,
  signatureOf,
  writeTemporary,
} from '#durable';
import type { Layout } from '../disk/layout.js';
import { segmentPath } from '../disk/sidecar.js';
import { renderFile } from '../file.mapping.js';
import type { Report } from '../file.options.js';
import type { Entry } from '../memory/entry.js';
import type { Shelf, Shelves } from '../memory/shelves.js';

/** A sidecar below this is no reason to rewrite a file in a hurry. */
const SMALL = 64 * 1024;
/** A file may rest longer the bigger it is: it is rewritten whole for one member. */
const BYTES_PER_SETTLING = 1024 * 1024;
const MOST_SETTLINGS = 300;

interface Dirty {
  readonly shelf: Shelf;
  readonly entry: Entry;
  changed: number;
}

/** Brings what is in sidecars into the files, in the background, one file at a time. */
export class Checkpoints {
  private readonly dirty = new Map<Entry, Dirty>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly shelves: Shelves,
    private readonly layout: Layout,
    private readonly serial: Serial,
    private readonly report: Report,
    private readonly settings: {
      readonly settleAfter: number;
      /** Takes in what was done to a file by hand. */
      readonly refresh: (shelf: Shelf, name: string) => Promise<unknown>;
      /** Rejects when the folder is no longer ours to write to. */
      readonly sure: () => Promise<void>;
    },
  ) {}

  start(): void {
    const every = Math.max(10, this.settings.settleAfter / 4);
    let busy = false;
    this.timer = setInterval(() => {
      if (busy || this.dirty.size === 0) return;
      busy = true;
      this.running = this.round(false).finally(() => {
        busy = false;
      });
    }, every).unref();
  }

  /** Writes everything out. */
  async finish(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
    await this.round(true);
  }

  /** The entry has more in its sidecar than in its file. */
  note(shelf: Shelf, entry: Entry): void {
    const found = this.dirty.get(entry);
    if (found === undefined) this.dirty.set(entry, { shelf, entry, changed: performance.now() });
    else found.changed = performance.now();
  }

  private async round(all: boolean): Promise<void> {
    for (const dirty of [...this.dirty.values()]) {
      if (!all && !this.isDue(dirty)) continue;
      try {
        await this.write(dirty);
      } catch (cause) {
        dirty.changed = performance.now();
        // A folder that is away or lost is told by every request.
        if (cause instanceof BackendError) return;
        const path = relative(this.layout.root, join(dirty.shelf.folder, dirty.entry.name));
        const message = 'The file could not be brought up to date; its changes are safe in .scim.';
        this.report({ kind: 'background', path, message, cause });
      }
    }
  }

  private isDue({ entry, changed }: Dirty): boolean {
    if (entry.sidecar === undefined) return true; // nothing left to do
    const size = entry.signature?.size ?? 0;
    if (entry.sidecar.bytes > Math.max(SMALL, size)) return true;
    const settlings = Math.min(MOST_SETTLINGS, 1 + size / BYTES_PER_SETTLING);
    return performance.now() - changed >= settlings * this.settings.settleAfter;
  }

  private async write(dirty: Dirty): Promise<void> {
    const { shelf, entry } = dirty;
    const sealed = await this.serial.run(async () => {
      await this.settings.refresh(shelf, entry.name);
      return this.seal(dirty);
    });
    if (sealed === undefined) return;
    const temporary = this.layout.newTemporary();
    const chunks = renderFile(this.shelves, shelf.type, sealed.stored, sealed.relations);
    const signature = await writeTemporary(temporary, chunks);
    await this.serial.run(async () => {
      await this.settings.sure().catch(async (error: unknown) => {
        await removeQuietly(temporary);
        throw error;
      });
      const path = join(shelf.folder, entry.name);
      const current = shelf.table.getByName(entry.name) === entry && entry.sidecar !== undefined;
      const untouched = current && entry.signature === sealed.signature;
      // Edited by hand meanwhile: the next round takes that in first.
      if (!untouched || !sameSignature(await signatureOf(path), entry.signature)) {
        await removeQuietly(temporary);
        return;
      }
      await moveInto(temporary, path).catch(async (error: unknown) => {
        await removeQuietly(temporary);
        throw error;
      });
      entry.signature = signature;
      const covered: string[] = [];
      for (let n = sealed.first; n <= sealed.last; n++) {
        covered.push(segmentPath(shelf.sidecars, entry.name, n));
      }
      const { last, bytes } = entry.sidecar ?? sealed;
      const rest = bytes - sealed.bytes;
      entry.sidecar = rest > 0 ? { first: sealed.last + 1, last, bytes: rest } : undefined;
      if (rest === 0) this.dirty.delete(entry);
      await removeDurably(shelf.sidecars, covered);
    });
  }

  /** Later lines go to a new segment; what is there now goes into the file. */
  private seal({ shelf, entry }: Dirty) {
    const { sidecar, signature, stored } = entry;
    if (sidecar === undefined || shelf.table.getByName(entry.name) !== entry) {
      this.dirty.delete(entry);
      return undefined;
    }
    const relations = new Map(
      [...entry.relations].map(([name, { elements }]) => [name, new Map(elements)]),
    );
    entry.sidecar = { ...sidecar, last: sidecar.last + 1 };
    return { ...sidecar, signature, stored, relations };
  }
}
