import type { Peers } from './resource-type.js';

/** The resource that a URI leads to. */
export interface ResourceUri {
  /** Name of its type. */
  readonly type: string;
  readonly id: string;
}

const ABSOLUTE = /^(?:[a-z][a-z0-9+.-]*:)?\/\//i;
/** `/Users/7`, `Users/7`, `../Users/7`, `/v2/Users/7`; no query, no fragment. */
const LOCAL = /^(?:\.{0,2}\/)*(?:v2\/+)?([^/?#]+)\/+([^/?#]+)\/?$/i;

/**
 * Reads the URI of a resource of this service: absolute below `base`, or relative in any of the
 * forms that RFC 7643 shows (`../Users/7` and `/Users/7`).
 * @param base absolute SCIM base of the request, without a slash at the end; without it no absolute
 *   URI is known to be ours
 * @returns undefined for a URI of another service, or one that leads to no endpoint of a type
 */
export function parseResourceUri(
  uri: string,
  peers: Peers,
  base: string | undefined,
): ResourceUri | undefined {
  const path = ABSOLUTE.test(uri) ? pathBelow(uri, base) : withoutPrefix(uri, pathOf(base));
  const [, endpoint = '', segment = ''] = LOCAL.exec(path ?? '') ?? [];
  const type = peers.byEndpoint.get(`/${endpoint.toLowerCase()}`);
  const id = decoded(segment);
  // RFC 7643 §3.1: no id holds "bulkId"; a placeholder that was not replaced leads nowhere.
  if (type === undefined || id === undefined || id.startsWith('bulkId:')) return undefined;
  return { type, id };
}

/** Scheme aside: what ends TLS before the service may not say so. */
function pathBelow(uri: string, base: string | undefined): string | undefined {
  if (base === undefined || !URL.canParse(uri, base) || !URL.canParse(base)) return undefined;
  const { host, pathname, search, hash } = new URL(uri, base);
  if (host !== new URL(base).host || search !== '' || hash !== '') return undefined;
  const prefix = pathOf(base);
  return pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : undefined;
}

function pathOf(base: string | undefined): string {
  if (base === undefined || !URL.canParse(base)) return '';
  return new URL(base).pathname.replace(/\/$/, '');
}

function withoutPrefix(path: string, prefix: string): string {
  return prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}

function decoded(segment: string): string | undefined {
  try {
    return segment === '' ? undefined : decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
