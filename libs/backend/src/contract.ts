import type { Filter, JsonObject, Meta, Position, RelationDelta, ResourceType, Sort } from '#scim';
import type { EventRecord, OutboxStore, RecordedChange } from './outbox.js';
import type { Stored } from './stored.js';

export type { Position, RelationDelta, RelationElement, Sort } from '#scim';
export type { Stored } from './stored.js';

/**
 * The backend contract. Four operations make a backend: scan, get, put, delete. Everything else is
 * an acceleration with a correct default in the engine; `supports` says which promises hold, and
 * the engine, the service and the test kit believe nothing else.
 */
export interface Backend {
  readonly supports: Capabilities;
  /**
   * Connects, takes over what is stored, and is ready for every one of `types` when it resolves.
   * @throws BackendError `unavailable`, or Error with a message that says what to configure
   */
  open(types: readonly ResourceType[]): Promise<void>;
  /** Finishes what is under way and lets go of everything; calling it twice is allowed. */
  close(): Promise<void>;
  /** Resolves when the store answers. @throws BackendError `unavailable` */
  ping(signal: AbortSignal): Promise<void>;
  /** Where the store keeps events in the transaction of their change; see `WriteContext.record`. */
  readonly outbox?: OutboxStore;
  /** The store of one of the types given to `open`. */
  store(type: ResourceType): ResourceStore;
}

/** Who keeps a promise: the store itself, an upstream's rule, this one process, or nobody. */
export type Guarantee = 'atomic' | 'upstream' | 'process' | 'none';

export interface Capabilities {
  /** Compare-and-set on the version. */
  readonly cas: Guarantee;
  /** Uniqueness of `ResourceType.unique` under concurrent writes. */
  readonly unique: Guarantee;
  /** `expand` fills computed attributes (`User.groups`) without a scan. */
  readonly inverses: boolean;
  /** `delete` takes the resource out of the relations and references of all others, in one step. */
  readonly cascade: boolean;
  /** `targets: 'exist'` is checked in the same step as the write. */
  readonly targets: boolean;
}

/** A resource to be written. Without `id` the backend assigns one (a UUID where it has no own ids). */
export interface Draft extends JsonObject {
  readonly id?: string;
  readonly schemas: readonly string[];
  /** `version` is ignored; the backend assigns it. */
  readonly meta: Meta;
}

export interface ReadOptions {
  /**
   * Names of relations (`members`) and computed attributes (`groups`) to load; no other is touched.
   * Elements come as `{value, type?, display?}`; `display` only if it is the target's present one.
   * The engine fills in what is missing.
   */
  readonly expand?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface WriteContext {
  /**
   * The version the draft was computed from: another one stored is `conflict`, none `not-found`.
   * Without it `put` creates, and an id that is taken is `exists`.
   */
  readonly ifVersion?: string;
  /** Names of relations the draft does not carry and that stay as they are stored. */
  readonly keep?: readonly string[];
  /** Whether elements added to a relation must name existing resources (`unknown-target` if not). */
  readonly targets?: 'exist' | 'any';
  /** `meta.lastModified` for every resource this write changes, ISO 8601. */
  readonly now: string;
  /**
   * Given, and only heeded by a store with an `outbox`: what to announce of each resource that this
   * write changes, others that change along with it first. Called within the transaction.
   */
  readonly record?: (change: RecordedChange) => EventRecord | undefined;
  readonly signal?: AbortSignal;
}

export interface DeltaResult {
  /** The resource after the change, relations not expanded. */
  readonly stored: Stored;
  /** False when every addition was there and every removal was not: same version, nothing written. */
  readonly changed: boolean;
}

/** What a delete did. */
export interface Deletion {
  /** The resource as it was last, relations and computed attributes not expanded. */
  readonly deleted: Stored;
  /**
   * The other resources that named it and no longer do, as they are now, relations not expanded;
   * each has a new version and `context.now` as `meta.lastModified`. Only a store that promises
   * `supports.cascade` fills it; for the others the engine does the work and makes this list.
   */
  readonly changed?: readonly Changed[];
}

/** A resource that changed along with another one. */
export interface Changed {
  readonly type: ResourceType;
  readonly stored: Stored;
}

export interface ResourceStore {
  /** Every resource, in any order; one that exists throughout the scan is met exactly once. */
  scan(options?: ReadOptions): AsyncIterable<Stored>;
  /** Any string may be asked for; one that cannot be an id names no resource. */
  get(id: string, options?: ReadOptions): Promise<Stored | undefined>;
  /**
   * Creates or replaces. The answer has no relation expanded.
   * @throws BackendError `conflict`, `not-found`, `exists`, `unique`, `unknown-target`, `invalid-id`
   */
  put(draft: Draft, context: WriteContext): Promise<Stored>;
  /** @returns undefined when there is no such resource. @throws BackendError `conflict` */
  delete(id: string, context: WriteContext): Promise<Deletion | undefined>;
  /** Filters, sorts and pages natively as far as it can; the engine does the rest. */
  query?(query: Query): Promise<NativePage>;
  /** Changes relations without reading them. Undefined: no such resource. @throws as `put` */
  applyDelta?(
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<DeltaResult | undefined>;
  /**
   * The resources with these relations and computed attributes, which they were read without; one
   * that is gone by now is left out. With it, what a list shows is loaded once its page is cut, and
   * `query` is asked for nothing but what its own residual and sort look at.
   */
  expand?(
    resources: readonly Stored[],
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly Stored[]>;
  /**
   * Whether a relation has at most `most` elements, told without reading more than that. Without
   * it, nobody reads a relation who need not. False where there is no such resource.
   */
  isSmall?(id: string, relation: string, most: number): Promise<boolean>;
  /** The value of `ResourceType.display` (undefined if unassigned) of those ids that exist. */
  displays?(ids: readonly string[]): Promise<ReadonlyMap<string, string | undefined>>;
}

export interface Query extends ReadOptions {
  readonly filter?: Filter;
  /** Ties, and everything without a `sort`, go by `meta.created`, then `id`, both ascending. */
  readonly sort?: Sort;
  /** Zero-based index of the first resource, or the position after which it is found. */
  readonly start: { readonly offset: number } | { readonly after: Position };
  /** Most resources to return; 0 asks for the total only. */
  readonly limit: number;
}

export interface NativePage {
  /**
   * Lazy where that saves work: the engine may stop early, or not start at all. It need not hold
   * relations that only the residual touches; the engine asks again with a wider `expand`.
   */
  readonly items: AsyncIterable<Stored> | Iterable<Stored>;
  /** How many match in all; only meaningful without a residual. */
  readonly total?: number;
  /** What `items` were not filtered by; `items` is a superset of the answer then. */
  readonly residual?: Filter;
  /** In the order asked for. */
  readonly sorted: boolean;
  /** Cut to `start` and `limit`; only allowed when sorted, with a total and without residual. */
  readonly paged: boolean;
}
