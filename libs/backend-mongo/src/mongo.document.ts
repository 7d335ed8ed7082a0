import type { mongo } from 'mongoose';
import type { JsonObject, Key } from '#scim';

/** What this service keeps in a document next to the attributes, under `_scim`. */
export interface Derived {
  /** The schema by which `s`, `o` and `u` were derived, see `fingerprint`. */
  readonly mark: string;
  /** Creation, NUL, id: what lists are ordered by (design law 6), as one text. */
  readonly order: string;
  /** `meta.created` and `meta.lastModified` as instants that sort as text. */
  readonly created: string;
  readonly modified: string;
  /** Grows with every change: elements of relations say from which to which they hold. */
  readonly seq: number;
  /** The first `seq`: elements of an earlier resource with this id do not belong to this one. */
  readonly born: number;
  /** Every value in the form it is compared in, see `searchDocument`. */
  readonly s: JsonObject;
  /** What is sorted by, of single-valued paths with an index; MaxKey where nothing is assigned. */
  readonly o: Readonly<Record<string, Key | mongo.MaxKey>>;
  /** Values that no other resource of the type may have. */
  readonly u: Readonly<Record<string, Key | readonly Key[]>>;
  /** What others show of the resource, as JSON text. */
  readonly display?: string;
  /** The resource as JSON text, where BSON, which is UTF-8, cannot hold it exactly. */
  readonly exact?: string;
  /** Set by whoever took it up as a target, so that a delete at the same time is noticed. */
  readonly held?: number;
}

/** A resource as the collection of its type holds it; attributes lie at the top level. */
export interface ResourceDocument {
  readonly _id: string;
  readonly _scim?: Derived & Partial<Lockable>;
  readonly [name: string]: unknown;
}

/** Only where there are no transactions: who is changing the resource, and until when (ms). */
export interface Lockable {
  readonly lock: { readonly by: string; readonly until: number; readonly after?: boolean };
}

/** One element of a relation. */
export interface ElementDocument {
  readonly id: string;
  readonly value: string;
  readonly type?: string;
  /** It holds for the holder's `seq` from here … */
  readonly since: number;
  /** … among those that came with the same one, in this order … */
  readonly place: number;
  /** … to before here. */
  readonly until: number;
  /** When it was ended: it is removed once no reader can be that far behind. */
  readonly ended?: Date;
}

/** `until` of elements that were not ended. */
export const FOREVER = Number.MAX_SAFE_INTEGER;

/** A resource that is served. The reference's documents are not until they are taken over. */
export type ServedDocument = ResourceDocument & { readonly _scim: Derived & Partial<Lockable> };

export function isServed(document: ResourceDocument | null): document is ServedDocument {
  return typeof document?._scim?.created === 'string';
}

/** Whether an element belongs to its holder as that one was read. */
export function holds(
  { seq, born }: Pick<Derived, 'seq' | 'born'>,
  { since, until }: Pick<ElementDocument, 'since' | 'until'>,
): boolean {
  return born <= since && since <= seq && seq < until;
}

/** What reads need no more than they have to: the derived values are for the database. */
export const WITHOUT_KEYS = { '_scim.s': 0, '_scim.o': 0, '_scim.u': 0 } as const;
