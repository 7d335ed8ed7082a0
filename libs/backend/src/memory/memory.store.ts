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
import { conflict, gone, idTaken, notUnique } from '../errors.js';
import { uniqueKeys } from '../unique.js';

/**
 * One type's resources by id. Every operation is one synchronous section, so that no other can come
 * between its checks and its change.
 */
export class MemoryStore implements ResourceStore {
  private readonly resources = new Map<string, Stored>();

  constructor(private readonly type: ResourceType) {}

  async *scan(options?: ReadOptions): AsyncGenerator<Stored> {
    for (const stored of this.resources.values()) yield this.show(stored, options);
  }

  async get(id: string, options?: ReadOptions): Promise<Stored | undefined> {
    const stored = this.resources.get(id);
    return stored && this.show(stored, options);
  }

  async put(draft: Draft, context: WriteContext): Promise<Stored> {
    const id = draft.id ?? randomUUID();
    const before = this.resources.get(id);
    if (context.ifVersion === undefined && before !== undefined) throw idTaken();
    if (context.ifVersion !== undefined && before === undefined) throw gone();
    checkVersion(before, context);
    const resource: MutableJsonObject = { ...draft, id };
    for (const name of context.keep ?? []) resource[name] = before?.[name];
    resource.meta = { ...draft.meta, version: `W/"${randomUUID()}"` };
    const stored = resource as Stored;
    this.checkUnique(stored);
    this.resources.set(id, stored);
    return this.show(stored);
  }

  async delete(id: string, context: WriteContext): Promise<Deletion | undefined> {
    const before = this.resources.get(id);
    if (before === undefined) return undefined;
    checkVersion(before, context);
    this.resources.delete(id);
    return { deleted: this.show(before) };
  }

  private checkUnique(draft: Stored): void {
    const keys = uniqueKeys(this.type, draft);
    for (const other of this.resources.values()) {
      if (other.id === draft.id) continue;
      const theirs = uniqueKeys(this.type, other);
      for (const { path, key } of keys) {
        if (theirs.some((their) => their.path === path && their.key === key)) throw notUnique(path);
      }
    }
  }

  private show(stored: Stored, options?: ReadOptions): Stored {
    return withOnly(this.type, stored, options?.expand ?? []);
  }
}

function checkVersion(before: Stored | undefined, { ifVersion }: WriteContext): void {
  if (ifVersion !== undefined && before?.meta.version !== ifVersion) throw conflict();
}
