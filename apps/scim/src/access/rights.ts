import { type ResourceType, ScimError } from '#scim';

/** What a client may do. */
export interface Rights {
  readonly read: boolean;
  readonly write: boolean;
  /** Whether it may watch events and measures. */
  readonly events: boolean;
  /** Endpoints it is confined to, in lower case and without slash; undefined: all. */
  readonly endpoints: ReadonlySet<string> | undefined;
}

/** Scopes that say what may be done; all others name an endpoint. */
export const ACTIONS: readonly string[] = ['read', 'write', 'events'];

/**
 * What scopes stand for: `read`, `write` (which reads as well), `events`, and endpoints in lower
 * case (`users`, `groups`, `devices`…) that confine the rest. No scope at all stands for
 * everything; an endpoint alone for reading and writing there.
 */
export function rightsOf(scopes: readonly string[]): Rights {
  const stated = new Set(scopes);
  const endpoints = scopes.filter((scope) => !ACTIONS.includes(scope));
  const resources = !scopes.some((scope) => ACTIONS.includes(scope));
  const write = resources || stated.has('write');
  return Object.freeze({
    read: write || stated.has('read'),
    write,
    events: scopes.length === 0 || stated.has('events'),
    endpoints: endpoints.length === 0 ? undefined : new Set(endpoints),
  });
}

/** @throws ScimError 403 where the rights do not reach */
export function authorise(rights: Rights, action: 'read' | 'write', type?: ResourceType): void {
  if (!rights[action]) throw insufficient(action === 'read' ? NO_READ : READ_ONLY, [action]);
  if (type === undefined || mayEnter(rights, type)) return;
  throw insufficient(`This client has no access to ${type.endpoint}.`, [scopeOf(type)]);
}

export function mayEnter({ endpoints }: Rights, type: ResourceType): boolean {
  return endpoints === undefined || endpoints.has(scopeOf(type));
}

const READ_ONLY = 'This client may read, but not change anything.';
const NO_READ = 'This client may not read resources.';

/** RFC 6750 §3.1 */
export function insufficient(detail: string, scopes: readonly string[]): ScimError {
  return new ScimError(403, undefined, detail, {
    'WWW-Authenticate': `Bearer realm="SCIM", error="insufficient_scope", scope="${scopes.join(' ')}"`,
  });
}

/** What whoever asks for /Me is told who is no user (RFC 7644 §3.11). */
export function speaksForNobody(): ScimError {
  return new ScimError(
    501,
    undefined,
    'This key or token belongs to no user, so /Me stands for nobody; use /Users.',
  );
}

/** The scope that confines a client to a type's endpoint. */
export function scopeOf({ endpoint }: ResourceType): string {
  return endpoint.replace(/^\//, '').toLowerCase();
}
