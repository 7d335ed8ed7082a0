import { randomBytes } from 'node:crypto';
import { setImmediate as pause } from 'node:timers/promises';
import type { MutableJsonObject, ResourceType } from '#scim';
import { type Capabilities, capabilities } from '../../capabilities.js';
import type { Backend, Draft, ResourceStore, Stored, WriteContext } from '../../contract.js';
import { BackendError, conflict, gone } from '../../errors.js';
import { overriding } from '../../kit/overriding.js';
import { MemoryBackend } from '../../memory/memory.backend.js';
import { elementsOf } from '../content.js';

/** What a store that is not ours keeps to, in place of what the in-memory one does. */
export type Restrictions = Partial<
  Pick<Capabilities, 'cas' | 'ids' | 'times' | 'dangling' | 'nested' | 'largestValue'>
>;

/**
 * The in-memory backend behind a store with rules of its own. What the engine should have refused
 * is a defect here, not a `BackendError`. For tests only.
 */
export class RestrictedBackend implements Backend {
  readonly supports: Capabilities;
  private readonly memory: MemoryBackend;
  private readonly stores: ReadonlyMap<string, ResourceStore>;

  constructor(types: readonly ResourceType[], restrictions: Restrictions) {
    this.memory = new MemoryBackend(types);
    this.supports = capabilities({ ...this.memory.supports, ...restrictions });
    this.stores = new Map(
      types.map((type) => {
        const inner = this.memory.store(type);
        const put = (draft: Draft, context: WriteContext) => this.put(type, inner, draft, context);
        return [type.name, overriding(inner, { put })];
      }),
    );
  }

  close(): Promise<void> {
    return this.memory.close();
  }

  ping(): Promise<void> {
    return this.memory.ping();
  }

  store(type: ResourceType): ResourceStore {
    const store = this.stores.get(type.name);
    if (store === undefined) throw new Error(`the backend was not opened for ${type.name}`);
    return store;
  }

  private async put(
    type: ResourceType,
    inner: ResourceStore,
    draft: Draft,
    context: WriteContext,
  ): Promise<Stored> {
    const named = this.withId(draft, context);
    await this.refuse(type, named, context);
    const before = draft.id === undefined ? undefined : await inner.get(draft.id);
    if (context.ifVersion === undefined || this.supports.cas !== 'none') {
      return inner.put(this.withTimes(named, before), context);
    }
    if (before === undefined) throw gone();
    if (before.meta.version !== context.ifVersion) throw conflict();
    await pause();
    // Whoever wrote in between is overwritten.
    const { meta } = (await inner.get(before.id)) ?? before;
    return inner.put(this.withTimes(named, before), { ...context, ifVersion: meta.version });
  }

  private withId(draft: Draft, { ifVersion }: WriteContext): Draft {
    const { ids, largestValue } = this.supports;
    if (draft.id !== undefined && Buffer.byteLength(draft.id) > largestValue) {
      throw new BackendError('invalid-id', 'The id is too long for the data store.');
    }
    if (ids === 'given' || ifVersion !== undefined) return draft;
    if (draft.id === undefined) return { ...draft, id: randomBytes(12).toString('hex') };
    throw new BackendError('invalid-id', 'The data store gives every id itself.');
  }

  private withTimes(draft: Draft, before: Stored | undefined): Draft {
    if (this.supports.times === 'given') return draft;
    const lastModified = new Date().toISOString();
    const created = before?.meta.created ?? lastModified;
    return { ...draft, meta: { ...draft.meta, created, lastModified } };
  }

  private async refuse(
    type: ResourceType,
    draft: Draft,
    { keep = [] }: WriteContext,
  ): Promise<void> {
    const { dangling, nested, largestValue } = this.supports;
    const content: MutableJsonObject = { ...draft };
    for (const { attribute, types } of type.relations) {
      const elements = keep.includes(attribute.name) ? [] : elementsOf(draft[attribute.name]);
      delete content[attribute.name];
      for (const { value } of elements) {
        const holders = await Promise.all(types.map((name) => this.named(name)?.get(value)));
        const found = holders.findIndex((stored) => stored !== undefined);
        if (found < 0 && !dangling) throw new Error(`${value} does not exist`);
        if (types[found] === type.name && nested !== 'all') throw new Error(`${value} is nested`);
      }
    }
    JSON.stringify(content, (_name, value) => {
      const size = typeof value === 'string' ? Buffer.byteLength(value) : 0;
      if (size > largestValue) throw new Error(`a value has ${size} bytes`);
      return value;
    });
  }

  private named(type: string): ResourceStore | undefined {
    return this.stores.get(type);
  }
}
