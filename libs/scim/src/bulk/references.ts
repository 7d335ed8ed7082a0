import { invalidSyntax } from '../errors.js';
import { isArray, isObject, type Json, type JsonObject } from '../json.js';
import type { BulkMethod } from './message.js';
import { bulkIdOf } from './path.js';

/** What to put in the place of `bulkId:x`; undefined leaves it. */
type Substitute = (bulkId: string) => string | undefined;

// Deeper than any SCIM message; it keeps a hostile one from exhausting the stack.
const MAX_DEPTH = 32;

/**
 * The bulkIds that `data` refers to (RFC 7644 §3.7.2): every string `bulkId:x`, and in a PatchOp
 * also quoted in the filters of its paths.
 * @throws ScimError invalidSyntax for data nested too deeply
 */
export function referencesIn(data: JsonObject, method: BulkMethod): ReadonlySet<string> {
  const found = new Set<string>();
  substitute(data, method, (bulkId) => {
    found.add(bulkId);
    return undefined;
  });
  return found;
}

/** A copy of `data` with the references in `ids` replaced; others stay as they are. */
export function resolveReferences(
  data: JsonObject,
  method: BulkMethod,
  ids: ReadonlyMap<string, string>,
): JsonObject {
  return substitute(data, method, (bulkId) => ids.get(bulkId));
}

/** Whether a value holds a reference to one of `bulkIds`. */
export function refersTo(value: Json | undefined, bulkIds: ReadonlySet<string>): boolean {
  if (typeof value === 'string') {
    const bulkId = bulkIdOf(value);
    return bulkId !== undefined && bulkIds.has(bulkId);
  }
  if (isArray(value)) return value.some((item) => refersTo(item, bulkIds));
  return isObject(value) && Object.values(value).some((item) => refersTo(item, bulkIds));
}

function substitute(data: JsonObject, method: BulkMethod, by: Substitute): JsonObject {
  if (method !== 'PATCH') return inObject(data, by, 0, false);
  return mapMembers(data, (key, value) => [
    key,
    key.toLowerCase() === 'operations' && isArray(value)
      ? value.map((operation) => inOperation(operation, by))
      : value,
  ]);
}

function inOperation(operation: Json, by: Substitute): Json {
  if (!isObject(operation)) return operation;
  return mapMembers(operation, (key, value) => {
    switch (key.toLowerCase()) {
      case 'path':
        return [key, typeof value === 'string' ? inPath(value, by) : value];
      case 'value':
        return [key, inValue(value, by, 0, true)];
      default:
        return [key, value];
    }
  });
}

/** `paths`: keys may be attribute paths, as in a path-less operation. */
function inValue(value: Json, by: Substitute, depth: number, paths: boolean): Json {
  if (typeof value === 'string') {
    const bulkId = bulkIdOf(value);
    return bulkId === undefined ? value : (by(bulkId) ?? value);
  }
  if (isArray(value)) {
    checkDepth(depth);
    return value.map((item) => inValue(item, by, depth + 1, paths));
  }
  return isObject(value) ? inObject(value, by, depth, paths) : value;
}

function inObject(object: JsonObject, by: Substitute, depth: number, paths: boolean): JsonObject {
  checkDepth(depth);
  return mapMembers(object, (key, value) => [
    paths ? inPath(key, by) : key,
    inValue(value, by, depth + 1, paths),
  ]);
}

/** The reference in `members[value eq "bulkId:x"]`. */
function inPath(path: string, by: Substitute): string {
  return path.replace(/"bulkId:([^"\\]+)"/g, (whole, bulkId: string) => {
    const id = by(bulkId);
    return id === undefined ? whole : JSON.stringify(id);
  });
}

/** `fromEntries` defines members, so that a key `__proto__` stays an ordinary key. */
function mapMembers(
  object: JsonObject,
  change: (key: string, value: Json) => readonly [string, Json],
): JsonObject {
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) =>
      value === undefined ? [] : [change(key, value)],
    ),
  );
}

function checkDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw invalidSyntax('"data" is nested too deeply.');
}
