import { invalidValue, queryFingerprint, type ResourceType } from '#scim';
import type { Configuration } from '../config/configuration.js';
import type { ListQuery } from '../http/query.pipe.js';
import type { RequestContext } from '../resources/request-context.js';

/** Which page is asked for, by one of the two methods (RFC 7644 §3.4.2.4, RFC 9865 §2). */
export type PageRequest =
  | { readonly method: 'index'; readonly startIndex: number; readonly count: number }
  /** `cursor` is empty for the first page. */
  | { readonly method: 'cursor'; readonly cursor: string; readonly count: number };

/**
 * Reads the paging parameters: `cursor` and `startIndex` each choose their method, neither takes the
 * advertised default. Numbers outside the limits are brought inside silently.
 * @throws ScimError invalidValue when both methods are asked for
 */
export function pageRequest(query: ListQuery, configuration: Configuration): PageRequest {
  const { cursor, startIndex } = query;
  if (cursor !== undefined && startIndex !== undefined) {
    throw invalidValue('Use either startIndex or cursor, not both.');
  }
  const { pageSize, defaultPagination } = configuration;
  const count = Math.min(Math.max(query.count ?? pageSize, 0), pageSize);
  if (cursor !== undefined || (startIndex === undefined && defaultPagination === 'cursor')) {
    return { method: 'cursor', cursor: cursor ?? '', count };
  }
  return { method: 'index', startIndex: Math.max(startIndex ?? 1, 1), count };
}

/** What a cursor is bound to: the question, the caller and the caller's data (RFC 9865 §2, §5.2). */
export function fingerprintOf(
  { client }: RequestContext,
  types: readonly ResourceType[],
  query: ListQuery,
): string {
  const endpoint = types.map((type) => type.endpoint).join();
  const { filter, sortBy, sortOrder, attributes, excludedAttributes } = query;
  const projection = [attributes, excludedAttributes];
  return queryFingerprint([
    client.tenant,
    client.id,
    endpoint,
    filter,
    sortBy,
    sortOrder,
    ...projection,
  ]);
}
