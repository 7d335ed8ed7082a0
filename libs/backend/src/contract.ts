import type { Filter, JsonObject, Meta, Position, RelationDelta, ResourceType, Sort } from '#scim';
import type { Capabilities } from './capabilities.js';
import type { EventRecord, OutboxStore, RecordedChange } from './outbox.js';
import type { Stored } from './stored.js';

export type { Position, RelationDelta, RelationElement, Sort } from '#scim';
export type { Stored } from './stored.js';

/**
 * The backend contract. A backend's module provides a `Connector`; opened, it is a `Backend`, whose
 * stores keep the resources. Four operations make a store: scan, get, put, delete. Everything else
 * is an acceleration with a correct default in the engine, and `supports` says which promises hold.
 *
 * What holds for all of it:
 * - Failures are `BackendError`s; a driver's error is at most the `cause` of one. Anything else that
 *   is thrown counts as a defect, but for the reason of an aborted `signal`.
 * - A store that cannot be reached, or that cannot read something as it was at one moment, throws
 *   `unavailable`. It never answers with less: what is left out of an answer does not exist.
 * - Conflicts of the store's own making (a deadlock, a serialisation failure) are repeated by it.
 *   `WriteContext.record` is called again by each try, and only the last call counts.
 * - A version covers the resource itself: its attributes, and which elements its relations have. It
 *   changes with each of them and with nothing else that a client could see: neither with computed
 *   attributes nor with what elements show of their targets (`type`, `display`). Where others write
 *   to the store as well, what they change changes it too. It is an entity tag (RFC 9110 §8.8.3).
 * - Texts are equal, and ordered, by the key that `comparable()` of #scim makes of them. What has no
 *   value of the sort attribute comes last in ascending order, first in descending.
 * - `signal` means that nobody waits any more. A store looks at it before it begins and between
 *   steps, and throws its reason; a write that has begun is finished, or not done at all.
 */
export interface Connector {
  /**
   * Connects, takes over what is stored, and is ready for every one of `types` when it resolves.
   * May be called again once what it opened is closed.
   * @throws BackendError `unavailable`, or Error with a message that says what to configure;
   *   nothing is left open then
   */
  open(types: readonly ResourceType[]): Promise<Backend>;
  /**
   * Finds out whether the store would open, as far as that can be told without changing anything in
   * it or keeping others from it. Without it, nobody knows before `open`.
   * @throws as `open`
   */
  reach?(types: readonly ResourceType[]): Promise<void>;
}

/** An open store. After `close` nothing but `close` may be called. */
export interface Backend {
  readonly supports: Capabilities;
  /** Where the store keeps events in the transaction of their change; see `WriteContext.record`. */
  readonly outbox?: OutboxStore;
  /** Finishes what is under way and lets go of everything; calling it twice is allowed. */
  close(): Promise<void>;
  /** Resolves when the store answers. @throws BackendError `unavailable` */
  ping(signal: AbortSignal): Promise<void>;
  /**
   * Resolves when the store takes writes: a disk that is full is still read. May write something that
   * is nobody's resource. Without it, a store that answers takes writes.
   * @throws BackendError `unavailable`
   */
  pingWrites?(signal: AbortSignal): Promise<void>;
  /**
   * Keeps a small text of the service's own beside the resources, for all instances: of those that
   * are proposed under a name the first one stays. Without it, the service keeps such texts in its
   * own folder, and instances do not share them.
   * @returns the text that stays
   */
  keep?(name: string, proposed: string): Promise<string>;
  /** The store of one of the types given to `open`, the same one each time. */
  store(type: ResourceType): ResourceStore;
}

/**
 * A resource to be written, valid by its schema. The engine has prepared it: computed attributes are
 * left out, `schemas` names every extension that has a value, and each value of a relation is there
 * once, as `{value, type?}`. The order of elements is the client's and means nothing: a store may
 * give them back in another one. It must not be changed.
 */
export interface Draft extends JsonObject {
  /** Absent: the backend assigns one, a UUID where the store has no ids of its own. */
  readonly id?: string;
  readonly schemas: readonly string[];
  /** `version` is ignored, the backend assigns it; `created` of a replace is that of the stored. */
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
  /**
   * What `ifVersion` was read as. With it, relations in `keep` and `restated` may have changed since:
   * only a change of something else is a `conflict`, so that a new name gets through while members
   * come and go. A store may compare attributes (`isCurrent`), or parts of its versions; one that only
   * knows versions as a whole says `conflict`, and the engine compares and tries again.
   */
  readonly computedFrom?: Stored;
  /** Names of relations that are to be as the draft states them, whatever they were. */
  readonly restated?: readonly string[];
  /**
   * Whether elements added to a relation must name existing resources (`unknown-target` if not).
   * Only for a store with `supports.targets`; what was stored before may name anything.
   */
  readonly targets?: 'exist' | 'any';
  /** `meta.lastModified` for every resource this write changes, ISO 8601. */
  readonly now: string;
  /**
   * Given, and only heeded by a store with an `outbox`: what to announce of each resource that this
   * write changes, others that change along with it first. Called within the transaction, and again
   * when the store repeats it; undefined: nothing. What is not committed must not be announced.
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
  /**
   * Undefined: there is no such resource, for certain. Any string may be asked for; one that cannot
   * be an id names no resource. The resource and its relations are of one moment and one version,
   * however often others write meanwhile.
   * @throws BackendError `unavailable`, also where one moment cannot be had
   */
  get(id: string, options?: ReadOptions): Promise<Stored | undefined>;
  /**
   * Creates or replaces, as a whole but for `keep`. The answer has no relation expanded.
   * @throws BackendError `exists` or `invalid-id` (create), `not-found` or `conflict` (replace),
   *   `unique`, `unknown-target`, `unsupported`
   */
  put(draft: Draft, context: WriteContext): Promise<Stored>;
  /** @returns undefined when there is no such resource. @throws BackendError `conflict` */
  delete(id: string, context: WriteContext): Promise<Deletion | undefined>;
  /**
   * Filters, sorts and pages natively as far as it can; the engine does the rest. A resource that
   * exists and matches throughout is not left out because it is being changed.
   */
  query?(query: Query): Promise<NativePage>;
  /**
   * Changes relations without reading them; needs no version, so that no other writer starves it.
   * No value is both added and removed. Undefined: no such resource. @throws as `put`
   */
  applyDelta?(
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<DeltaResult | undefined>;
  /**
   * The resources with these relations and computed attributes, which they were read without, in the
   * same order. One that changed meanwhile is read anew; one that is gone for certain is left out,
   * and where that cannot be told it throws `unavailable`. With it, what a list shows is loaded once its page is cut, and
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
  /**
   * That more come after a page which holds fewer items than `limit`, since the store gives no more
   * at once. Default: none do.
   */
  readonly more?: boolean;
}
