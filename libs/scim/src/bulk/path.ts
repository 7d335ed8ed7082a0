import type { SchemaRegistry } from '../schema/registry.js';
import type { ResourceType } from '../schema/resource-type.js';

/** What the `path` of a bulk operation names (RFC 7644 §3.7). */
export type BulkTarget =
  | { readonly kind: 'endpoint'; readonly type: ResourceType }
  | { readonly kind: 'resource'; readonly type: ResourceType; readonly id: string }
  /** `/Users/bulkId:x`: a resource that another operation of the request creates. */
  | { readonly kind: 'created'; readonly type: ResourceType; readonly bulkId: string };

const BULK_ID = 'bulkId:';

/** The x of `bulkId:x`; undefined for any other text. */
export function bulkIdOf(text: string): string | undefined {
  return text.startsWith(BULK_ID) && text.length > BULK_ID.length
    ? text.slice(BULK_ID.length)
    : undefined;
}

/**
 * Reads `/Users`, `/Users/{id}` and `/Users/bulkId:x`, relative to the base URI.
 * @returns undefined for everything that is not a resource or the endpoint of a resource type
 */
export function parseBulkPath(path: string, registry: SchemaRegistry): BulkTarget | undefined {
  const match = /^\/*([^/?#]+)(?:\/+([^/?#]+))?\/*$/.exec(path);
  if (match === null) return undefined;
  const [, endpoint = '', segment] = match;
  const type = registry.types.find((candidate) => candidate.endpoint === `/${endpoint}`);
  if (type === undefined) return undefined;
  if (segment === undefined) return { kind: 'endpoint', type };
  const id = decode(segment);
  // RFC 7644 §3.4.3: `.search` is an operation of the endpoint, never an id, in any letter case.
  if (id === undefined || id.toLowerCase() === '.search') return undefined;
  const bulkId = bulkIdOf(id);
  return bulkId === undefined ? { kind: 'resource', type, id } : { kind: 'created', type, bulkId };
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
