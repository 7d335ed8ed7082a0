import { type FSWatcher, watch } from 'node:fs';
import { isResourceName } from '../disk/names.js';

/** Time in which several events of one file become one, in ms. */
const DEBOUNCE = 100;

/** Watches one folder and names the files in it that changed. */
export class FolderWatcher {
  private watcher: FSWatcher | undefined;
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly folder: string,
    private readonly onChange: (name: string) => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  start(): void {
    try {
      this.watcher = watch(this.folder, { persistent: false }, (_, name) => {
        if (name !== null && isResourceName(name)) this.later(name, DEBOUNCE);
      });
      this.watcher.on('error', this.onError);
    } catch (error) {
      this.onError(error); // e.g. the limit of inotify: what changes is found by the next rescan
    }
  }

  /** Names the file after a while, once. */
  later(name: string, delay: number): void {
    clearTimeout(this.timers.get(name));
    const timer = setTimeout(() => {
      this.timers.delete(name);
      this.onChange(name);
    }, delay);
    this.timers.set(name, timer.unref());
  }

  stop(): void {
    this.watcher?.close();
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}
