import { type Stored, uniqueKeys } from '#backend';
import {
  type AttributePath,
  attributeValue,
  comparable,
  type Key,
  leaf,
  type Position,
  type ResourceType,
} from '#scim';
import { compareCreation, type Entry } from './entry.js';
import { MultiMap } from './multimap.js';
import { PathIndex } from './path-index.js';

/** Results that may be put in order one by one, in any table. */
const FEW = 1000;

/** All resources of one type in memory: by id, by file, in order of creation, and by indexed value. */
export class Table {
  private readonly byId = new Map<string, Entry>();
  /** Those whose file is not named as their id is. */
  private readonly byOtherName = new Map<string, Entry>();
  private readonly sorted: Entry[] = [];
  /** Those whose id is not in the form it is compared in (composed Unicode), by that form. */
  private readonly odd = new MultiMap<Key, Entry>();
  private loading = false;
  private readonly indexes: ReadonlyMap<string, PathIndex>;

  constructor(readonly type: ResourceType) {
    const relations = new Set(type.relations.map(({ attribute }) => attribute));
    this.indexes = new Map(
      type.indexed
        .filter(({ attribute }) => !relations.has(attribute)) // those are answered from the links
        .map((path) => [leaf(path).path, new PathIndex(path)]),
    );
  }

  /** By creation, then id. Not to be kept across an `await`: it changes in place. */
  get order(): readonly Entry[] {
    return this.sorted;
  }

  get(id: string): Entry | undefined {
    return this.byId.get(id);
  }

  getByName(name: string): Entry | undefined {
    const other = this.byOtherName.get(name);
    if (other !== undefined) return other;
    const found = this.byId.get(name);
    return found?.name === name ? found : undefined;
  }

  names(): Iterable<string> {
    return this.sorted.map(({ name }) => name);
  }

  /** Those whose id compares equal to the key. */
  findById(key: Key): readonly Entry[] {
    const exact = this.byId.get(String(key));
    const odd = this.odd.get(key);
    return exact === undefined ? [...odd] : [exact, ...odd];
  }

  /** Those whose value at the path compares equal to the key; undefined: there is no index. */
  find(path: AttributePath, key: Key): Iterable<Entry> | undefined {
    return this.indexes.get(leaf(path).path)?.get(key);
  }

  /**
   * Those with a value at the path that starts with the prepared text; undefined: there is no index,
   * or it is quicker to look at all of them, which are in order already.
   */
  findByPrefix(path: AttributePath, prefix: string): Iterable<Entry> | undefined {
    const most = Math.max(FEW, this.sorted.length / 8);
    return this.indexes.get(leaf(path).path)?.startingWith(prefix, most);
  }

  /** Where a value that must be unique is that of another resource. */
  *clashes(
    resource: Stored,
    self: Entry | undefined,
  ): Generator<{ readonly path: string; readonly other: Entry }> {
    for (const { path, key } of uniqueKeys(this.type, resource)) {
      for (const other of this.indexes.get(path)?.get(key) ?? []) {
        if (other !== self) yield { path, other };
      }
    }
  }

  /** Until `sort`, inserts do not keep the order: a long list must not be shifted for each. */
  startLoading(): void {
    this.loading = true;
  }

  sort(): void {
    // The texts of times are ASCII: comparing them as they are is right, and ten times as quick.
    this.sorted.sort(({ position: a }, { position: b }) =>
      a.created < b.created ? -1 : a.created > b.created ? 1 : compareCreation(a, b),
    );
    this.loading = false;
  }

  insert(entry: Entry): void {
    if (this.loading) this.sorted.push(entry);
    else this.sorted.splice(this.indexOf(entry.position), 0, entry);
    const key = keyOfId(entry.id);
    if (key !== entry.id) this.odd.add(key, entry);
    this.byId.set(entry.id, entry);
    if (entry.name !== entry.id) this.byOtherName.set(entry.name, entry);
    for (const index of this.indexes.values()) index.add(entry, entry.stored);
  }

  remove(entry: Entry): void {
    const at = this.loading ? this.sorted.indexOf(entry) : this.indexOf(entry.position);
    this.sorted.splice(at, 1);
    this.odd.delete(keyOfId(entry.id), entry);
    this.byId.delete(entry.id);
    if (entry.name !== entry.id) this.byOtherName.delete(entry.name);
    for (const index of this.indexes.values()) index.delete(entry, entry.stored);
  }

  /** Gives the entry new content under the same id. */
  update(entry: Entry, stored: Stored): void {
    const before = entry.stored;
    const moves = before.meta.created !== stored.meta.created;
    if (moves) this.sorted.splice(this.indexOf(entry.position), 1);
    entry.become(stored);
    if (moves) this.sorted.splice(this.indexOf(entry.position), 0, entry);
    for (const index of this.indexes.values()) {
      const { attribute } = index.path;
      // A change of membership leaves every other value the very same object.
      if (attributeValue(before, attribute) === attributeValue(stored, attribute)) continue;
      index.delete(entry, before);
      index.add(entry, stored);
    }
  }

  /** Index in `order` of the first entry that is not before the place. */
  private indexOf(position: Position): number {
    let low = 0;
    let high = this.sorted.length;
    const last = this.sorted[high - 1];
    if (last !== undefined && compareCreation(last.position, position) < 0) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.sorted[middle];
      if (entry !== undefined && compareCreation(entry.position, position) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What ids are compared by in filters; looking one up takes it as it is (RFC 7643 §3.1). */
export function keyOfId(id: string): Key {
  return comparable('caseExact', id) ?? id;
}
