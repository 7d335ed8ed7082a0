import { isArray, isObject, type Json, type JsonObject, type MutableJsonObject } from '../json.js';
import type { ResourceType } from '../schema/resource-type.js';

/**
 * Brings a resource into the kept form after attributes were changed: null, empty lists and empty
 * objects are gone, and `schemas` names the base schema and the extensions that have data.
 */
export function normalise<T extends JsonObject>(resource: T, type: ResourceType): T {
  const pruned = withoutEmpty(resource);
  const members = isObject(pruned) ? pruned : {};
  return { ...members, schemas: presentSchemas(members, type) } as unknown as T;
}

/** The URIs a resource has to list: the base schema's, and those of its extensions with data. */
export function presentSchemas(resource: JsonObject, type: ResourceType): readonly string[] {
  const present = type.extensions
    .map(({ schema }) => schema.id)
    .filter((id) => resource[id] !== undefined);
  return [type.schema.id, ...present];
}

/** A value without null, `[]` and `{}` at any depth; the same object where nothing is to be done. */
function withoutEmpty(value: Json): Json | undefined {
  if (value === null) return undefined;
  if (isArray(value)) {
    const kept = value.map(withoutEmpty);
    if (kept.every((item, i) => item === value[i])) return value.length === 0 ? undefined : value;
    const items = kept.filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (!isObject(value)) return value;
  let changed = false;
  const members: MutableJsonObject = {};
  for (const key of Object.keys(value)) {
    const member = value[key];
    const kept = member === undefined ? undefined : withoutEmpty(member);
    if (kept !== member || member === undefined) changed = true;
    if (kept !== undefined) members[key] = kept;
  }
  if (Object.keys(members).length === 0) return undefined;
  return changed ? members : value;
}
