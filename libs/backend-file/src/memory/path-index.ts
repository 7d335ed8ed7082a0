import type { Stored } from '#backend';
import { type AttributePath, comparable, type Key, leaf, valuesAt } from '#scim';
import type { Entry } from './entry.js';
import { MultiMap } from './multimap.js';

/** An index of one path, by prepared value, and by what it starts with once that was asked for. */
export class PathIndex {
  private readonly entries = new MultiMap<Key, Entry>();
  /** Keys that are text in the order of their UTF-16 units, in which prefixes are ranges. */
  private sorted: string[] | undefined;

  constructor(readonly path: AttributePath) {}

  add(entry: Entry, stored: Stored): void {
    for (const key of this.keysOf(stored)) {
      if (!this.entries.add(key, entry) || typeof key !== 'string') continue;
      this.sorted?.splice(this.from(key), 0, key);
    }
  }

  delete(entry: Entry, stored: Stored): void {
    for (const key of this.keysOf(stored)) {
      if (!this.entries.delete(key, entry) || typeof key !== 'string') continue;
      this.sorted?.splice(this.from(key), 1);
    }
  }

  /** Those with a value that compares equal to the key. */
  get(key: Key): Iterable<Entry> {
    return this.entries.get(key);
  }

  /**
   * Those with a value that starts with the prepared text.
   * @returns undefined where that is more values than `most`, roughly
   */
  startingWith(prefix: string, most: number): Iterable<Entry> | undefined {
    this.sorted ??= [...this.entries.keys()].filter((key) => typeof key === 'string').sort();
    const from = this.from(prefix);
    return this.from(`${prefix}\uffff`) - from > most ? undefined : this.range(prefix, from);
  }

  private *range(prefix: string, from: number): Generator<Entry> {
    for (let at = from; ; at++) {
      const key = this.sorted?.[at];
      if (key === undefined || !key.startsWith(prefix)) return;
      yield* this.entries.get(key);
    }
  }

  /** Index in `sorted` of the first key that is not before the text. */
  private from(text: string): number {
    const sorted = this.sorted ?? [];
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle] ?? '') < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Prepared values without repetition: one value given twice must be taken out once. */
  private keysOf(stored: Stored): ReadonlySet<Key> {
    const keys = new Set<Key>();
    for (const value of valuesAt(stored, this.path)) {
      const key = comparable(leaf(this.path).matching, value);
      if (key !== undefined) keys.add(key);
    }
    return keys;
  }
}
