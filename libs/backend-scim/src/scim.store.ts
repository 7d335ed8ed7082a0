import type {
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
} from '#backend';
import { attributeValue, combineFilters, type Filter, type ResourceType } from '#scim';
import type { ComputedGroups } from './query/groups.js';
import { guarded, guardedScan } from './upstream/errors.js';
import type { Reader } from './upstream/reader.js';
import type { ScimWriter } from './write/scim.writer.js';

/** Ids that are looked for by one filter. */
const AT_ONCE = 40;

/** The resources of one type of the other server. */
export class ScimStore implements ResourceStore {
  constructor(
    private readonly type: ResourceType,
    private readonly reader: Reader,
    private readonly writer: ScimWriter,
    /** By name of the attribute. */
    private readonly computed: ReadonlyMap<string, ComputedGroups>,
  ) {}

  scan({ expand = [], signal }: ReadOptions = {}): AsyncGenerator<Stored> {
    return guardedScan(this.walk(undefined, expand, signal));
  }

  get(id: string, { expand = [], signal }: ReadOptions = {}): Promise<Stored | undefined> {
    return guarded(signal, async () => {
      const found = await this.reader.byId(id, expand, signal);
      if (found === undefined) return undefined;
      return (await this.completed([found], expand, signal))[0];
    });
  }

  put(draft: Draft, context: WriteContext): Promise<Stored> {
    return guarded(context.signal, () => this.writer.put(draft, context));
  }

  delete(id: string, context: WriteContext): Promise<Deletion | undefined> {
    return guarded(context.signal, () => this.writer.delete(id, context));
  }

  applyDelta(
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<DeltaResult | undefined> {
    return guarded(context.signal, () => this.writer.applyDelta(id, deltas, context));
  }

  query(query: Query): Promise<NativePage> {
    return guarded(query.signal, async () => {
      const { filter, expand = [], signal } = query;
      const part = await this.reader.part(query);
      if (part !== undefined) {
        const items = await this.completed(part.items, expand, signal);
        return { ...part, items, sorted: true, paged: true };
      }
      for (const one of filter === undefined ? [] : supersets(filter)) {
        const found = await this.reader.matching({ filter: one, expand, signal });
        if (found === undefined) continue;
        const items = await this.completed(found, expand, signal);
        const total = { total: items.length };
        const rest = one === filter ? total : { residual: filter as Filter };
        return { items, sorted: false, paged: false, ...rest };
      }
      const residual = filter === undefined ? {} : { residual: filter };
      return { items: this.scan(query), sorted: false, paged: false, ...residual };
    });
  }

  isSmall(id: string, relation: string, most: number): Promise<boolean> {
    return guarded(undefined, () => this.reader.isSmall(id, relation, most));
  }

  displays(ids: readonly string[]): Promise<ReadonlyMap<string, string | undefined>> {
    return guarded(undefined, async () => {
      const found = new Map<string, string | undefined>();
      for (let start = 0; start < ids.length; start += AT_ONCE) {
        for (const stored of await this.byIds(ids.slice(start, start + AT_ONCE))) {
          const value = this.type.display && attributeValue(stored, this.type.display);
          found.set(stored.id, typeof value === 'string' ? value : undefined);
        }
      }
      return found;
    });
  }

  private async byIds(ids: readonly string[]): Promise<readonly Stored[]> {
    const attribute = this.type.attributes.get('id');
    if (attribute !== undefined && ids.length > 2) {
      const path = { element: false, attribute, sub: undefined };
      const filters = ids.map(
        (value): Filter => ({ kind: 'compare', operator: 'eq', path, value }),
      );
      const found = await this.reader.matching({ filter: combineFilters('or', filters) });
      if (found !== undefined) return found;
    }
    const found = await Promise.all(ids.map((id) => this.reader.byId(id)));
    return found.filter((stored) => stored !== undefined);
  }

  private async *walk(
    filter: Filter | undefined,
    expand: readonly string[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Stored> {
    const asked = [...this.computed.keys()].some((name) => expand.includes(name));
    if (!asked) {
      yield* this.reader.walk({ filter, expand, signal });
      return;
    }
    const all: Stored[] = [];
    for await (const stored of this.reader.walk({ filter, expand, signal })) all.push(stored);
    yield* await this.completed(all, expand, signal);
  }

  private async completed(
    resources: readonly Stored[],
    expand: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Stored[]> {
    let completed = resources;
    for (const [name, computed] of this.computed) {
      if (expand.includes(name)) completed = await computed.complete(completed, signal);
    }
    return completed;
  }
}

/** The filter, and filters that are easier to evaluate and find all of its matches. */
function supersets(filter: Filter): readonly Filter[] {
  if (filter.kind !== 'and') return [filter];
  const simple = filter.operands.filter((one) => one.kind === 'compare' && one.operator === 'eq');
  return [filter, ...simple];
}
