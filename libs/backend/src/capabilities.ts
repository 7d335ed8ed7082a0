import { type AttributePath, leaf, type Relation, type ResourceType } from '#scim';

/**
 * Who keeps a promise: the store itself (several services may share it), this one process (a second
 * one would break it), or nobody.
 */
export type Guarantee = 'atomic' | 'process' | 'none';

/**
 * What a backend promises of its store, known once it is open and the same until it is closed. The
 * engine, the service, the discovery document and the test kit believe nothing else. Every member
 * has a default: what the four operations alone amount to.
 */
export interface Capabilities {
  /**
   * Compare-and-set: whether `WriteContext.ifVersion` is compared in the same step as the write.
   *
   * Default `none`: it is compared, but a write in between may be lost. The discovery document
   * offers no ETags then.
   */
  readonly cas: Guarantee;
  /**
   * Who keeps the values of `ResourceType.unique` unique under concurrent writes: one word for all
   * attributes, or one for each by type and path (`User.userName`), where those left out are `none`.
   * A store with rules of its own may name more than the type does: those it refuses, too.
   *
   * Default `none`: two resources may come to have the same value, and nobody refuses it.
   */
  readonly unique: Guarantee | Readonly<Record<string, Guarantee>>;
  /**
   * Whether reads fill computed attributes (`User.groups`) when `expand` names them.
   *
   * Default false: the engine computes them, by one scan of the type that holds the relation.
   */
  readonly inverses: boolean;
  /**
   * Whether `delete` takes the resource out of the relations and references of all others, in the
   * same step, and lists them in `Deletion.changed`.
   *
   * Default false: the engine looks for the others and changes them, before and after the delete.
   */
  readonly cascade: boolean;
  /**
   * Whether `targets: 'exist'` is checked in the same step as the write, and with it what `nested`
   * does not allow: the engine looks no targets up.
   *
   * Default false: the engine looks the targets up before the write, so that one that is deleted at
   * the same moment may be taken up.
   */
  readonly targets: boolean;
  /**
   * `given`: a draft's id is kept, and a draft without one gets one of the backend's. `assigned`:
   * the store gives every id, and a draft that brings one is refused with `invalid-id`.
   *
   * Default `given`. Where they are assigned, an attribute mapping onto `id` creates nothing, and a
   * create that was cut off is looked for by its unique values.
   */
  readonly ids: 'given' | 'assigned';
  /**
   * `given`: `meta.created` and `meta.lastModified` are kept to the millisecond as drafts and
   * `WriteContext.now` say them. `assigned`: the store's own clock tells them, those of drafts are
   * ignored, and answers say what the store says.
   *
   * Default `given`. Where they are assigned, nobody concludes from a time who made a change.
   */
  readonly times: 'given' | 'assigned';
  /**
   * `hashed`: what nobody is ever shown, such as passwords, reaches the store as a hash at most.
   * `clear`: the store hashes it itself, by its own rules, and gets it as it was sent. `password`: so
   * it is with what a resource signs in with, since other software checks that; of other secrets the
   * store gets hashes.
   *
   * Default `hashed`. Where they are clear, the service keeps nothing of them, and a store gives no
   * version or answer by which a password that was sent again could be told from another one.
   */
  readonly secrets: 'hashed' | 'clear' | 'password';
  /**
   * Whether a list is entered after a resource as cheaply as at an index.
   *
   * Default true: a client that sweeps a list by index is led from where its last page ended. If
   * false, every page by index is read by index.
   */
  readonly seeks: boolean;
  /**
   * Whether a relation may name what does not exist (any more).
   *
   * Default true. If false, the engine refuses such elements with `unknown-target`, whatever
   * `WriteContext.targets` says, and no such element reaches the store.
   */
  readonly dangling: boolean;
  /**
   * Which relations may hold resources of the type they belong to (groups in groups): all, or those
   * named, as `Group.members`.
   *
   * Default `all`. Elsewhere the engine refuses such elements with `unsupported`.
   */
  readonly nested: 'all' | readonly string[];
  /**
   * Most bytes of one text, in UTF-8, whatever attribute it belongs to.
   *
   * Default infinite. The engine refuses longer ones with `unsupported`, naming the attribute; a
   * store with another limit on one attribute refuses those itself, in the same way.
   */
  readonly largestValue: number;
  /**
   * Most bytes of one resource as JSON in UTF-8, without its relations.
   *
   * Default infinite. The engine refuses larger ones with `unsupported`.
   */
  readonly largestResource: number;
}

const DEFAULTS: Capabilities = {
  cas: 'none',
  unique: 'none',
  inverses: false,
  cascade: false,
  targets: false,
  ids: 'given',
  times: 'given',
  secrets: 'hashed',
  seeks: true,
  dangling: true,
  nested: 'all',
  largestValue: Number.POSITIVE_INFINITY,
  largestResource: Number.POSITIVE_INFINITY,
};

/** The promises of a backend: those it states, and the defaults. */
export function capabilities(stated: Partial<Capabilities> = {}): Capabilities {
  return Object.freeze({ ...DEFAULTS, ...stated });
}

/** Who keeps the values of one attribute unique. */
export function uniquenessOf(
  { unique }: Capabilities,
  type: Pick<ResourceType, 'name'>,
  path: AttributePath,
): Guarantee {
  if (typeof unique === 'string') return unique;
  return unique[`${type.name}.${leaf(path).path}`] ?? 'none';
}

/** Names of the types that a relation of a type may hold in this store. */
export function targetTypes(
  { nested }: Capabilities,
  type: Pick<ResourceType, 'name'>,
  { attribute, types }: Relation,
): readonly string[] {
  const nests = nested === 'all' || nested.includes(`${type.name}.${attribute.name}`);
  return nests ? types : types.filter((name) => name !== type.name);
}
