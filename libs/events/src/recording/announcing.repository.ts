import {
  type Deletion,
  type Draft,
  elementsOf,
  keptElements,
  type PageQuery,
  type ReadOptions,
  type RelationElement,
  type Repository,
  type ResultPage,
  type Stored,
  type Target,
  type WriteContext,
  type WriteResult,
} from '#backend';
import { type Relation, type RelationDelta } from '#scim';
import { fullRecord, type Relations, referenceRecord, sideRecord } from './event-record.js';
import type { EventResource } from './event-resource.js';

/**
 * A repository whose writes say what to announce of them (`WriteContext.record`). Reads pass
 * through. The backend must have an outbox.
 */
export class AnnouncingRepository implements Repository {
  constructor(
    private readonly inner: Repository,
    private readonly render: EventResource,
    /** Called when something may have been recorded. */
    private readonly wake: () => void,
  ) {}

  get type() {
    return this.inner.type;
  }

  async put(draft: Draft, context: WriteContext, base?: Stored): Promise<WriteResult> {
    const relations = await this.carriedRelations(draft, context, base);
    const record: WriteContext['record'] = (change) => fullRecord(change, relations, this.render);
    return this.waking(this.inner.put(draft, { ...context, record }, base));
  }

  /**
   * The event carries the resource as it was last, relations included: what was read is what is
   * deleted, else it is `conflict`.
   */
  async delete(id: string, context: WriteContext): Promise<Required<Deletion> | undefined> {
    const { type, inner } = this;
    const expand = type.relations.map(({ attribute }) => attribute.name);
    const last = expand.length === 0 ? undefined : await inner.get(id, { expand });
    if (expand.length > 0 && last === undefined) return undefined;
    const relations = relationsOf(last, expand);
    const record: WriteContext['record'] = (change) =>
      change.operation === 'Delete'
        ? fullRecord(change, relations, this.render)
        : sideRecord(change, this.render);
    const ifVersion = context.ifVersion ?? last?.meta.version;
    const guard = ifVersion === undefined ? {} : { ifVersion };
    return this.waking(inner.delete(id, { ...context, ...guard, record }));
  }

  applyDelta(
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<WriteResult | undefined> {
    return this.waking(this.inner.applyDelta(id, deltas, { ...context, record: referenceRecord }));
  }

  get(id: string, options?: ReadOptions): Promise<Stored | undefined> {
    return this.inner.get(id, options);
  }

  query(query: PageQuery): Promise<ResultPage> {
    return this.inner.query(query);
  }

  expand(
    resources: readonly Stored[],
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly Stored[]> {
    return this.inner.expand(resources, names, signal);
  }

  isSmall(id: string, relations: readonly string[], most: number): Promise<boolean> {
    return this.inner.isSmall(id, relations, most);
  }

  displays(ids: readonly string[]): Promise<ReadonlyMap<string, string | undefined>> {
    return this.inner.displays(ids);
  }

  targets(relation: Relation, ids: readonly string[]): Promise<ReadonlyMap<string, Target>> {
    return this.inner.targets(relation, ids);
  }

  /** Also after an error: what a write did before it failed is recorded. */
  private async waking<T>(write: Promise<T>): Promise<T> {
    try {
      return await write;
    } finally {
      this.wake();
    }
  }

  /** The relations that the draft states, with `type` and `display` of their targets. */
  private async carriedRelations(
    draft: Draft,
    { keep = [] }: WriteContext,
    base: Stored | undefined,
  ): Promise<Relations> {
    const relations: Record<string, readonly RelationElement[]> = {};
    for (const relation of this.type.relations) {
      const { name } = relation.attribute;
      if (keep.includes(name)) continue;
      const known = new Map(elementsOf(base?.[name]).map((element) => [element.value, element]));
      const wanted = keptElements(draft[name]);
      const open = wanted.map(({ value }) => value).filter((value) => !known.has(value));
      const targets = open.length === 0 ? undefined : await this.inner.targets(relation, open);
      relations[name] = wanted.map(
        (element) => known.get(element.value) ?? described(element, targets?.get(element.value)),
      );
    }
    return relations;
  }
}

function relationsOf(stored: Stored | undefined, names: readonly string[]): Relations {
  return Object.fromEntries(names.map((name) => [name, elementsOf(stored?.[name])]));
}

function described({ value, type }: RelationElement, target: Target | undefined): RelationElement {
  const known = target?.type ?? type;
  return {
    value,
    ...(known === undefined ? {} : { type: known }),
    ...(target?.display === undefined ? {} : { display: target.display }),
  };
}
