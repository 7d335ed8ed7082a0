import {
  compileFilter,
  type Filter,
  type ResourceType,
  sortResources,
  touchedAttributes,
} from '#scim';
import type {
  Backend,
  Deletion,
  DeltaResult,
  Draft,
  NativePage,
  Query,
  ReadOptions,
  RelationDelta,
  ResourceStore,
  Stored,
  WriteContext,
} from '../../contract.js';
import { MemoryBackend } from '../../memory/memory.backend.js';
import { elementsOf, expandable, withElements, withOnly } from '../content.js';

/** How much of a query a store answers itself. */
export interface Abilities {
  /** `first` answers the first operand of an `and`; `superset` lets a few through that do not match. */
  readonly filter: 'exact' | 'first' | 'superset' | 'none';
  readonly sort: boolean;
  readonly page: boolean;
  readonly total: boolean;
  readonly deltas: boolean;
  readonly expand: boolean;
}

/** The in-memory backend behind a store with some abilities of its own. For tests only. */
export class PartialBackend implements Backend {
  readonly supports;
  /** Resources that were handed out by `query`. */
  handedOut = 0;
  /** Resources whose relations were loaded by `expand`. */
  loaded = 0;
  private readonly memory: MemoryBackend;

  constructor(
    types: readonly ResourceType[],
    private readonly abilities: Abilities,
  ) {
    this.memory = new MemoryBackend(types);
    this.supports = this.memory.supports;
  }

  close(): Promise<void> {
    return this.memory.close();
  }

  ping(): Promise<void> {
    return this.memory.ping();
  }

  store(type: ResourceType): ResourceStore {
    return new PartialStore(type, this.memory.store(type), this.abilities, this);
  }
}

class PartialStore implements ResourceStore {
  readonly applyDelta?: NonNullable<ResourceStore['applyDelta']>;
  readonly expand?: NonNullable<ResourceStore['expand']>;

  constructor(
    private readonly type: ResourceType,
    private readonly inner: ResourceStore,
    private readonly abilities: Abilities,
    private readonly counts: { handedOut: number; loaded: number },
  ) {
    if (abilities.deltas) this.applyDelta = this.change.bind(this);
    if (abilities.expand) this.expand = this.load.bind(this);
  }

  scan(options?: ReadOptions): AsyncIterable<Stored> {
    return this.inner.scan(options);
  }

  get(id: string, options?: ReadOptions): Promise<Stored | undefined> {
    return this.inner.get(id, options);
  }

  put(draft: Draft, context: WriteContext): Promise<Stored> {
    return this.inner.put(draft, context);
  }

  delete(id: string, context: WriteContext): Promise<Deletion | undefined> {
    return this.inner.delete(id, context);
  }

  private async load(resources: readonly Stored[], names: readonly string[]) {
    this.counts.loaded += resources.length;
    const found = resources.map(({ id }) => this.inner.get(id, { expand: names }));
    return (await Promise.all(found)).filter((stored) => stored !== undefined);
  }

  async query(query: Query): Promise<NativePage> {
    const { matches, residual } = this.split(query.filter);
    const found: Stored[] = [];
    for await (const stored of this.inner.scan({ expand: expandable(this.type) })) {
      if (matches(stored)) found.push(stored);
    }
    const sorts = this.abilities.sort && !this.computed(query.sort?.path.attribute.path);
    const sorted = sorts ? sortResources(found, query.sort) : found.reverse();
    const pages = this.abilities.page && sorts && residual === undefined && 'offset' in query.start;
    const offset = 'offset' in query.start ? query.start.offset : 0;
    const items = pages ? sorted.slice(offset, offset + query.limit) : sorted;
    return {
      items: this.handOut(items, query.expand ?? []),
      sorted: sorts,
      paged: pages,
      ...(residual === undefined ? {} : { residual }),
      ...(this.abilities.total || pages ? { total: found.length } : {}),
    };
  }

  private *handOut(items: readonly Stored[], expand: readonly string[]): Generator<Stored> {
    for (const stored of items) {
      this.counts.handedOut++;
      yield withOnly(this.type, stored, expand);
    }
  }

  private split(filter: Filter | undefined): {
    matches: (stored: Stored) => boolean;
    residual?: Filter;
  } {
    const everything = () => true;
    if (filter === undefined) return { matches: everything };
    const exact = ![...touchedAttributes(filter)].some((path) => this.computed(path));
    const [first, ...rest] = filter.kind === 'and' ? filter.operands : [];
    switch (this.abilities.filter) {
      case 'exact':
        return exact
          ? { matches: compileFilter(filter) }
          : { matches: everything, residual: filter };
      case 'first': {
        const native = first === undefined ? {} : this.split(first);
        if (first === undefined || !exact || 'residual' in native) {
          return { matches: everything, residual: filter };
        }
        const [second, ...more] = rest;
        const residual: Filter =
          second !== undefined && more.length === 0 ? second : { kind: 'and', operands: rest };
        return { matches: compileFilter(first), residual };
      }
      case 'superset': {
        if (!exact) return { matches: everything, residual: filter };
        const test = compileFilter(filter);
        return { matches: (stored) => test(stored) || stored.id < '8', residual: filter };
      }
      case 'none':
        return { matches: everything, residual: filter };
    }
  }

  /** What this store does not have: computed attributes, and what elements say of their targets. */
  private computed(path: string | undefined): boolean {
    return path !== undefined && expandable(this.type).includes(path);
  }

  /** Adds and removes in one synchronous step after a read, as a store with rows would. */
  private async change(
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<DeltaResult | undefined> {
    for (;;) {
      const names = deltas.map(({ relation }) => relation);
      const before = await this.inner.get(id, { expand: names });
      if (before === undefined) return undefined;
      let after = before;
      for (const { relation, add, remove } of deltas) {
        const kept = elementsOf(after[relation]).filter(({ value }) => !remove.includes(value));
        const known = new Set(kept.map(({ value }) => value));
        const added = new Map(add.filter((e) => !known.has(e.value)).map((e) => [e.value, e]));
        if (added.size === 0 && kept.length === elementsOf(after[relation]).length) continue;
        after = withElements(after, relation, [...kept, ...added.values()]);
      }
      const ifVersion = context.ifVersion ?? before.meta.version;
      if (after === before && ifVersion === before.meta.version) {
        return { stored: withOnly(this.type, before, []), changed: false };
      }
      const meta = { ...before.meta, lastModified: context.now };
      try {
        const stored = await this.inner.put({ ...after, meta }, { ...context, ifVersion });
        return { stored, changed: true };
      } catch (error) {
        if (context.ifVersion !== undefined) throw error;
      }
    }
  }
}
