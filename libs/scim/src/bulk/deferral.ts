import { isArray, isObject, type Json, type JsonObject } from '../json.js';
import { MessageUrn } from '../urns.js';
import { refersTo } from './references.js';

export interface Deferral {
  /** The data of a POST without the references that cannot be known yet. */
  readonly data: JsonObject;
  /** PatchOp that adds them once they are; undefined where nothing was left out. */
  readonly link: JsonObject | undefined;
}

/**
 * Breaks a circle (RFC 7644 §3.7.1): takes the elements and attributes that refer to one of
 * `bulkIds` out of the data of a creation, to be added when those resources exist.
 */
export function deferReferences(data: JsonObject, bulkIds: ReadonlySet<string>): Deferral {
  const operations: JsonObject[] = [];
  const rest = without(data, '', bulkIds, operations);
  return operations.length === 0
    ? { data, link: undefined }
    : { data: rest, link: { schemas: [MessageUrn.PatchOp], Operations: operations } };
}

/** `prefix` is the URN of an extension with a colon, or nothing; `operations` collects. */
function without(
  object: JsonObject,
  prefix: string,
  bulkIds: ReadonlySet<string>,
  operations: JsonObject[],
): JsonObject {
  const defer = (key: string, value: Json) =>
    operations.push({ op: 'add', path: `${prefix}${key}`, value });
  const kept: [string, Json][] = [];
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    if (!refersTo(value, bulkIds)) {
      kept.push([key, value]);
    } else if (isArray(value)) {
      defer(
        key,
        value.filter((item) => refersTo(item, bulkIds)),
      );
      kept.push([key, value.filter((item) => !refersTo(item, bulkIds))]);
    } else if (isObject(value) && prefix === '' && key.toLowerCase().startsWith('urn:')) {
      kept.push([key, without(value, `${key}:`, bulkIds, operations)]);
    } else {
      defer(key, value);
    }
  }
  return Object.fromEntries(kept);
}
