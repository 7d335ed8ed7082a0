import type { Relation } from '#scim';

/** What can go wrong in a backend, told apart by code; drivers' errors are the `cause`. */
export type BackendErrorCode =
  /** The stored version is not the one the write was computed from. */
  | 'conflict'
  /** The resource to replace is gone. */
  | 'not-found'
  /** The id of a new resource is taken. */
  | 'exists'
  /** A value that must be unique belongs to another resource; `path` names the attribute. */
  | 'unique'
  /** Relation elements name resources that do not exist; `ids` lists them. */
  | 'unknown-target'
  /** The store cannot hold a resource under this id. */
  | 'invalid-id'
  /** The store cannot hold this value, or change this attribute; the message says which and why. */
  | 'unsupported'
  /** What keeps the resources refused for good, as `status` and `scimType` say; the message is its. */
  | 'refused'
  /** The store does not answer, or has no room; nothing was written. */
  | 'unavailable';

export interface BackendErrorDetails {
  readonly path?: string;
  readonly ids?: readonly string[];
  /** Seconds after which another try makes sense. */
  readonly retryAfter?: number;
  /** Of `refused`: the HTTP status (4xx, or 501) that tells it, and the keyword of RFC 7644 §3.12. */
  readonly status?: number;
  readonly scimType?: string;
  readonly cause?: unknown;
}

export class BackendError extends Error {
  override readonly name = 'BackendError';

  constructor(
    readonly code: BackendErrorCode,
    message: string,
    readonly details: BackendErrorDetails = {},
  ) {
    super(message, { cause: details.cause });
  }
}

/** The stored version is not `context.ifVersion`. */
export function conflict(): BackendError {
  return new BackendError('conflict', 'The resource was changed by someone else meanwhile.');
}

/** The resource to replace or change does not exist. */
export function gone(): BackendError {
  return new BackendError('not-found', 'The resource does not exist any more.');
}

/** The id of a resource to be created is taken. */
export function idTaken(): BackendError {
  return new BackendError('exists', 'There is a resource with this id already.');
}

/** @param path the attribute in its canonical spelling, e.g. `userName` */
export function notUnique(path: string): BackendError {
  return new BackendError('unique', `Another resource has this ${path}.`, { path });
}

/** Elements of a relation name what does not exist. */
export function unknownTarget(
  { attribute, types }: Relation,
  ids: readonly string[],
): BackendError {
  const message = `${attribute.name}: there is no ${types.join(' or ')} with the id ${listedIds(ids)}.`;
  return new BackendError('unknown-target', message, { path: attribute.name, ids });
}

/** The first few of many ids, for a message. */
export function listedIds(ids: readonly string[]): string {
  const some = ids.slice(0, 3).map((id) => JSON.stringify(id.slice(0, 100)));
  return some.join(', ') + (ids.length > 3 ? ` and ${ids.length - 3} more` : '');
}
