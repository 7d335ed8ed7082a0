import { ScimError } from './errors.js';
import { etagMatches, versionMatches } from './etag.js';

/** The entity tags a client makes its request depend on, as their headers hold them. */
export interface Preconditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** Whether a request depends on the version of its resource at all. */
export function isConditional({ ifMatch, ifNoneMatch }: Preconditions): boolean {
  return ifMatch !== undefined || ifNoneMatch !== undefined;
}

/**
 * Evaluates If-Match, then If-None-Match, for a resource that exists (RFC 9110 §13.2.2); `*` is any
 * version, a list names several.
 * @param tag for a read that of the answer, for a write the version of the resource
 * @returns false when a read need not answer with what the client has: 304
 * @throws ScimError 412
 */
export function checkPreconditions(
  { ifMatch, ifNoneMatch }: Preconditions,
  tag: string,
  method: 'read' | 'write',
): boolean {
  const matches = method === 'read' ? etagMatches : versionMatches;
  if (ifMatch !== undefined && !matches(ifMatch, tag)) throw preconditionFailed();
  if (ifNoneMatch === undefined || !matches(ifNoneMatch, tag)) return true;
  if (method === 'read') return false;
  throw new ScimError(
    412,
    undefined,
    'The resource has the version that If-None-Match excludes; "*" excludes every one.',
  );
}

/** The resource is another one than If-Match names. */
export function preconditionFailed(): ScimError {
  return new ScimError(
    412,
    undefined,
    'The resource has another version than the one in If-Match; read it again.',
  );
}
