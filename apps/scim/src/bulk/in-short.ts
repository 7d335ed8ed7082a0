import { isObject, type JsonObject } from '#scim';

/** Operations that failed and are listed; the others are only counted. */
const MOST_LISTED = 20;

/** What became of a bulk request, without ids of clients, paths and values. */
export interface BulkInShort {
  readonly operations: number;
  /** How many ended with each status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** The first that failed: position, method, status, and the keyword of RFC 7644 §3.12. */
  readonly failed: readonly string[];
}

/** @param message a BulkResponse */
export function inShort(message: JsonObject): BulkInShort {
  const operations = Array.isArray(message.Operations) ? message.Operations.filter(isObject) : [];
  const statuses: Record<string, number> = {};
  const failed: string[] = [];
  operations.forEach(({ status, method, response }, i) => {
    const code = String(status);
    statuses[code] = (statuses[code] ?? 0) + 1;
    if (code < '400' || failed.length === MOST_LISTED) return;
    const scimType = isObject(response) ? (response.scimType ?? '') : '';
    failed.push(`${i + 1} ${String(method)} ${code} ${String(scimType)}`.trim());
  });
  return { operations: operations.length, statuses, failed };
}
