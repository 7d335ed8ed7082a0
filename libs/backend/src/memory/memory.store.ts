import { randomUUID } from 'node:crypto';
import type { MutableJsonObject, ResourceType } from '#scim';
import type {
  Deletion,
  Draft,
  ReadOptions,
  ResourceStore,
  Stored,
  WriteContext,
} from '../contract.js';
import { withOnly } from '../engine/content.js';
import { gone, idTaken, notUnique } from '../errors.js';
import { type UniqueKey, uniqueKeys } from '../kit/unique.js';
import { checkVersion, newVersion } from '../kit/versions.js';

interface Entry {
  readonly stored: Stored;
  readonly keys: readonly UniqueKey[];
}

/**
 * One type's resources by id. Every operation is one synchronous section, so that no other can come
 * between its checks and its change.
 */
export class MemoryStore implements ResourceStore {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly type: ResourceType) {}

  async *scan(options?: ReadOptions): AsyncGenerator<Stored> {
    for (const { stored } of this.entries.values()) yield this.show(stored, options);
  }

  async get(id: string, options?: ReadOptions): Promise<Stored | undefined> {
    const entry = this.entries.get(id);
    return entry && this.show(entry.stored, options);
  }

  async put(draft: Draft, context: WriteContext): Promise<Stored> {
    const id = draft.id ?? randomUUID();
    const before = this.entries.get(id)?.stored;
    if (context.ifVersion === undefined && before !== undefined) throw idTaken();
    if (context.ifVersion !== undefined && before === undefined) throw gone();
    if (before !== undefined) checkVersion(before, context);
    const resource: MutableJsonObject = { ...draft, id };
    for (const name of context.keep ?? []) {
      if (before !== undefined && name in before) resource[name] = before[name];
      else delete resource[name];
    }
    resource.meta = { ...draft.meta, version: newVersion() };
    const stored = resource as Stored;
    const keys = uniqueKeys(this.type, stored);
    this.checkUnique(id, keys);
    this.entries.set(id, { stored, keys });
    return this.show(stored);
  }

  async delete(id: string, context: WriteContext): Promise<Deletion | undefined> {
    const before = this.entries.get(id)?.stored;
    if (before === undefined) return undefined;
    checkVersion(before, context);
    this.entries.delete(id);
    return { deleted: this.show(before) };
  }

  private checkUnique(id: string, keys: readonly UniqueKey[]): void {
    for (const other of this.entries.values()) {
      if (other.stored.id === id) continue;
      for (const { path, key } of keys) {
        const taken = other.keys.some((their) => their.path === path && their.key === key);
        if (taken) throw notUnique(path);
      }
    }
  }

  private show(stored: Stored, options?: ReadOptions): Stored {
    return withOnly(this.type, stored, options?.expand ?? []);
  }
}
