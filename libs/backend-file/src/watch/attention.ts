import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { BackendError } from '#backend';
import { type Serial, sameSignature, signatureOf } from '#durable';
import type { Intake } from '../disk/intake.js';
import { isResourceName } from '../disk/names.js';
import type { Report } from '../file.options.js';
import type { Shelf } from '../memory/shelves.js';
import type { Presence } from './presence.js';
import { FolderWatcher } from './watcher.js';

/** How long to wait for a file that is being written by hand to become whole, in ms, try by try. */
const PATIENCE = [250, 750, 1_500];

/** Up to so many files a rescan also notices those that changed, not only those that came and went. */
const LOOK_CLOSELY = 20_000;

export interface AttentionSettings {
  readonly watch: boolean;
  readonly rescanEvery: number;
  readonly heartbeatEvery: number;
}

/** Notices what others do in the data folder while the service runs. */
export class Attention {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly watchers: FolderWatcher[] = [];
  /** How often a file was looked at and not found whole. */
  private readonly tries = new Map<string, number>();

  constructor(
    private readonly intake: Intake,
    private readonly presence: Presence,
    private readonly serial: Serial,
    private readonly report: Report,
    private readonly settings: AttentionSettings,
  ) {}

  /** Starts watching; to be called before the folders are read, so that nothing slips through. */
  watch(shelves: Iterable<Shelf>): void {
    if (!this.settings.watch) return;
    for (const shelf of shelves) {
      const watcher: FolderWatcher = new FolderWatcher(
        shelf.folder,
        (name) => void this.look(shelf, name, watcher),
        (cause) => this.reportWatch(shelf, cause),
      );
      watcher.start();
      this.watchers.push(watcher);
    }
  }

  /** Starts what happens regularly. */
  start(shelves: readonly Shelf[]): void {
    this.every(this.settings.heartbeatEvery, async () => {
      if (await this.presence.verify()) await this.rescan(shelves);
    });
    if (this.settings.watch) {
      this.every(this.settings.rescanEvery, () => this.rescan(shelves));
    }
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
    for (const watcher of this.watchers) watcher.stop();
  }

  private every(interval: number, task: () => Promise<void>): void {
    let busy = false;
    const timer = setInterval(() => {
      if (busy) return;
      busy = true;
      task()
        .catch(() => undefined) // the folder is away, which every request says; it is tried again
        .finally(() => {
          busy = false;
        });
    }, interval);
    this.timers.push(timer.unref());
  }

  private async look(shelf: Shelf, name: string, watcher?: FolderWatcher): Promise<void> {
    try {
      // Most events are our own writes: no need to queue for those.
      const signature = await signatureOf(join(shelf.folder, name));
      if (sameSignature(signature, shelf.table.getByName(name)?.signature)) return;
      const key = `${shelf.type.name}/${name}`;
      const tries = this.tries.get(key) ?? 0;
      const wait = watcher && PATIENCE[tries];
      const patient = wait !== undefined;
      const outcome = await this.serial.run(() => this.intake.refresh(shelf, name, patient));
      if (outcome === 'refused' && patient && !shelf.refused.has(name)) {
        this.tries.set(key, tries + 1);
        watcher?.later(name, wait);
      } else {
        this.tries.delete(key);
      }
    } catch (cause) {
      // A folder that is away is nobody's change.
      if (!(cause instanceof BackendError)) this.reportWatch(shelf, cause);
    }
  }

  private async rescan(shelves: readonly Shelf[]): Promise<void> {
    for (const shelf of shelves) {
      const names = (await fs.readdir(shelf.folder)).filter(isResourceName);
      const present = new Set(names);
      const missing = [...shelf.table.names()].filter((name) => !present.has(name));
      const suspects =
        names.length <= LOOK_CLOSELY
          ? names
          : names.filter((name) => shelf.table.getByName(name) === undefined);
      for (const name of [...missing, ...suspects]) await this.look(shelf, name);
    }
  }

  private reportWatch(shelf: Shelf, cause: unknown): void {
    const message = 'Changes made by hand may be noticed late.';
    this.report({ kind: 'background', path: shelf.type.collection, message, cause });
  }
}
