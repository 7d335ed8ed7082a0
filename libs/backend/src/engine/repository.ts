import type { Relation, ResourceType, SchemaRegistry } from '#scim';
import type {
  Backend,
  Deletion,
  Draft,
  ReadOptions,
  RelationDelta,
  Stored,
  WriteContext,
} from '../contract.js';
import { createEngine, type Engine } from './engine.js';
import { complete, storeExpand } from './read/expansion.js';
import { expandPage, type PageQuery, type ResultPage, runQuery } from './read/query.js';
import { deleteResource } from './write/cascade.js';
import { changeRelations } from './write/delta.js';
import { putResource, type WriteResult } from './write/put.js';
import { displaysOf, findTargets, type Target, withDemands } from './write/targets.js';

/**
 * One resource type of a backend, complete: what the store can do itself it does, the rest is done
 * here, with the same answers. Errors are `BackendError`s.
 */
export interface Repository {
  readonly type: ResourceType;
  /** Elements of `expand` come with `type` and `display` of their target, as far as it exists. */
  get(id: string, options?: ReadOptions): Promise<Stored | undefined>;
  /**
   * Creates, or replaces when `context.ifVersion` is given. Computed attributes, `display` of
   * relation elements and repeated elements in the draft are dropped.
   * @param base what the draft was computed from, as `get` answered it, the relations that are not
   *   in `context.keep` expanded; without it the resource is read once more
   */
  put(draft: Draft, context: WriteContext, base?: Stored): Promise<WriteResult>;
  /** `changed` lists the resources that named the deleted one: they are to be announced too. */
  delete(id: string, context: WriteContext): Promise<Required<Deletion> | undefined>;
  /** Undefined: no such resource. */
  applyDelta(
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<WriteResult | undefined>;
  query(query: PageQuery): Promise<ResultPage>;
  /**
   * Resources of a page with what it left open. One that changed meanwhile is read anew, one that is
   * gone is left out.
   */
  expand(
    resources: readonly Stored[],
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly Stored[]>;
  /** Whether these relations are known, without reading them, to have few elements each. */
  isSmall(id: string, relations: readonly string[], most: number): Promise<boolean>;
  /** What others show of those ids that exist here. */
  displays(ids: readonly string[]): Promise<ReadonlyMap<string, string | undefined>>;
  /** Finds ids among the types that a relation may refer to; those that do not exist are left out. */
  targets(relation: Relation, ids: readonly string[]): Promise<ReadonlyMap<string, Target>>;
}

/** The repositories of all resource types, by type name. The backend must be open. */
export function createRepositories(
  backend: Backend,
  registry: SchemaRegistry,
): ReadonlyMap<string, Repository> {
  const engine = createEngine(backend, registry);
  return new Map(registry.types.map((type) => [type.name, new ResourceRepository(engine, type)]));
}

class ResourceRepository implements Repository {
  constructor(
    private readonly engine: Engine,
    readonly type: ResourceType,
  ) {}

  async get(id: string, options: ReadOptions = {}): Promise<Stored | undefined> {
    const { engine, type } = this;
    const names = options.expand ?? [];
    const expand = storeExpand(engine, type, names);
    const stored = await engine.store(type).get(id, { ...options, expand });
    if (stored === undefined || names.length === 0) return stored;
    const [completed] = await complete(engine, type, [stored], new Set(names));
    return completed;
  }

  put(draft: Draft, context: WriteContext, base?: Stored): Promise<WriteResult> {
    return putResource(this.engine, this.type, draft, withDemands(this.engine, context), base);
  }

  delete(id: string, context: WriteContext): Promise<Required<Deletion> | undefined> {
    return deleteResource(this.engine, this.type, id, context);
  }

  applyDelta(
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<WriteResult | undefined> {
    return changeRelations(this.engine, this.type, id, deltas, withDemands(this.engine, context));
  }

  query(query: PageQuery): Promise<ResultPage> {
    return runQuery(this.engine, this.type, query);
  }

  expand(
    resources: readonly Stored[],
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly Stored[]> {
    return expandPage(this.engine, this.type, resources, names, signal);
  }

  async isSmall(id: string, relations: readonly string[], most: number): Promise<boolean> {
    const store = this.engine.store(this.type);
    for (const relation of relations) {
      if ((await store.isSmall?.(id, relation, most)) !== true) return false;
    }
    return true;
  }

  displays(ids: readonly string[]): Promise<ReadonlyMap<string, string | undefined>> {
    return displaysOf(this.engine.store(this.type), this.type, ids);
  }

  targets(relation: Relation, ids: readonly string[]): Promise<ReadonlyMap<string, Target>> {
    return findTargets(this.engine, relation.types, ids);
  }
}
