import { invalidValue, type ScimError } from '../errors.js';
import { isStandardNotation } from '../filter/bind.js';
import { idAttribute, isLocation, isResourceReference } from '../filter/kept-path.js';
import { clip } from '../filter/names.js';
import { isArray, isObject, type Json, type JsonObject } from '../json.js';
import { comparable, compareKeys, type Key } from '../matching.js';
import { type AttributePath, leaf } from '../schema/attribute.js';
import { resolvePath } from '../schema/path.js';
import type { ResourceType } from '../schema/resource-type.js';
import { attributeValue } from '../schema/values.js';
import type { Position } from './position.js';

/** Order by a path; ties, and everything without a `sort`, go by `meta.created`, then `id`. */
export interface Sort {
  readonly path: AttributePath;
  readonly descending: boolean;
}

export interface SortOptions {
  /** Whether a path the type does not have is refused (the default) or leaves it unsorted. */
  readonly unknown?: 'refuse' | 'unassigned';
  /** Accepts bare extension names, `urn.attr`, and any letter case of `sortOrder`. Default true. */
  readonly lenient?: boolean;
}

/**
 * Reads `sortBy` and `sortOrder` (RFC 7644 §3.4.2.3); `sortOrder` alone, or an empty `sortBy`, asks
 * for nothing. A complex attribute stands for its `value`.
 * @throws ScimError 400 invalidValue for what cannot be sorted by
 */
export function parseSort(
  sortBy: string | undefined,
  sortOrder: string | undefined,
  type: ResourceType,
  options: SortOptions = {},
): Sort | undefined {
  if (sortBy === undefined || sortBy === '') return undefined;
  const lenient = options.lenient ?? true;
  const descending = parseSortOrder(sortOrder, lenient);
  const path = findSortPath(sortBy, type, lenient);
  if (path === undefined) {
    if (options.unknown === 'unassigned') return undefined;
    throw refuse(sortBy, `${type.name} has no such attribute`);
  }
  const kept = keptPath(sortBy, path, type);
  if (path.attribute.returned === 'never' || leaf(kept).returned === 'never') {
    throw refuse(sortBy, 'it is never returned');
  }
  return Object.freeze({ path: kept, descending });
}

/** Whether `sortOrder` is descending. @throws ScimError 400 invalidValue */
export function parseSortOrder(sortOrder: string | undefined, lenient = true): boolean {
  const order = lenient ? sortOrder?.toLowerCase() : sortOrder;
  if (order === undefined || order === '' || order === 'ascending') return false;
  if (order === 'descending') return true;
  throw invalidValue('sortOrder is "ascending" or "descending".');
}

function findSortPath(
  sortBy: string,
  type: ResourceType,
  lenient: boolean,
): AttributePath | undefined {
  const found = resolvePath(type, sortBy);
  if (found === undefined) return undefined;
  if (found.kind === 'extension')
    throw refuse(sortBy, 'it is a schema; name one of its attributes');
  if (!lenient && !isStandardNotation(type, found.attribute, sortBy)) return undefined;
  return { attribute: found.attribute, sub: found.sub };
}

/** The path whose value is kept and has an order. */
function keptPath(sortBy: string, path: AttributePath, type: ResourceType): AttributePath {
  const { attribute, sub } = path;
  if (isLocation(type, path)) return { attribute: idAttribute(type), sub: undefined };
  const complex = sub === undefined && attribute.type === 'complex';
  if (!complex && (sub === undefined || !isResourceReference(attribute, sub))) return path;
  const value = attribute.subByName.get('value');
  if (value !== undefined) return { attribute, sub: value };
  const names = attribute.subAttributes.map(({ name }) => name).join(', ');
  throw refuse(sortBy, `it is complex; name one of its sub-attributes (${names})`);
}

function refuse(sortBy: string, why: string): ScimError {
  return invalidValue(`sortBy cannot be "${clip(sortBy)}": ${why}.`);
}

/**
 * Characters (code points) of a text that it is sorted by: a cursor holds the key of a resource,
 * and a URL has to hold the cursor. Backends that sort by themselves have to cut as well.
 */
export const LONGEST_SORT_KEY = 500;

/**
 * What a resource is sorted by: of a multi-valued attribute, the primary element's value, else the
 * first one's. Texts go by their first 500 characters; what is the same so far is a tie.
 * @returns undefined where nothing is assigned
 */
export function sortKey(resource: JsonObject, path: AttributePath): Key | undefined {
  const value = significantElement(attributeValue(resource, path.attribute));
  const member =
    path.sub === undefined ? value : isObject(value) ? value[path.sub.name] : undefined;
  const key = comparable(leaf(path).matching, isArray(member) ? member[0] : member);
  return key === undefined ? undefined : sortedPart(key);
}

/** As much of a key as is sorted by. */
export function sortedPart<K extends Key>(key: K): K | string {
  if (typeof key !== 'string' || key.length <= LONGEST_SORT_KEY) return key;
  return Array.from(key).slice(0, LONGEST_SORT_KEY).join('');
}

function significantElement(value: Json | undefined): Json | undefined {
  if (!isArray(value)) return value;
  // RFC 7643 §2.4: `primary` marks the preferred element of any multi-valued attribute.
  return value.find((element) => isObject(element) && element.primary === true) ?? value[0];
}

/** The keys of a resource in an order. */
export function positionOf(sort: Sort | undefined, resource: JsonObject): Position {
  const meta = isObject(resource.meta) ? resource.meta : {};
  return {
    key: (sort === undefined ? undefined : sortKey(resource, sort.path)) ?? null,
    created: String(comparable('dateTime', meta.created) ?? ''),
    id: typeof resource.id === 'string' ? resource.id : '',
  };
}

/**
 * The total order of positions: the key, missing ones last when ascending and first when
 * descending, then creation, then id. Ties go upwards in either direction.
 */
export function comparePositions(descending: boolean): (a: Position, b: Position) => number {
  const sign = descending ? -1 : 1;
  return (a, b) =>
    sign * compareNullable(a.key, b.key) ||
    compareKeys(a.created, b.created) ||
    compareKeys(a.id, b.id);
}

/** Compares resources in an order; for many of them `sortResources` computes each key once. */
export function compareResources(sort: Sort | undefined): (a: JsonObject, b: JsonObject) => number {
  const compare = comparePositions(sort?.descending ?? false);
  return (a, b) => compare(positionOf(sort, a), positionOf(sort, b));
}

/** A sorted copy. */
export function sortResources<T extends JsonObject>(
  resources: Iterable<T>,
  sort: Sort | undefined,
): T[] {
  const compare = comparePositions(sort?.descending ?? false);
  return Array.from(resources, (resource) => ({ resource, position: positionOf(sort, resource) }))
    .sort((a, b) => compare(a.position, b.position))
    .map(({ resource }) => resource);
}

function compareNullable(a: Json, b: Json): number {
  const aKey = isKey(a);
  const bKey = isKey(b);
  if (aKey && bKey) return compareKeys(a, b);
  return aKey === bKey ? 0 : aKey ? -1 : 1;
}

function isKey(value: Json): value is Key {
  return value !== null && typeof value !== 'object';
}
