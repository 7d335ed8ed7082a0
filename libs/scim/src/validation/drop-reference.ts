import { isArray, isObject, type Json, type JsonObject } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import type { ResourceType } from '../schema/resource-type.js';
import { attributeValue } from '../schema/values.js';
import { normalise } from './normalise.js';

/**
 * Takes references to a deleted resource (a user's manager) out of another one; relations such as
 * `members` are the backend's.
 * @returns undefined if the resource does not refer to it
 */
export function dropReference<T extends JsonObject>(
  resource: T,
  type: ResourceType,
  id: string,
): T | undefined {
  let changed: JsonObject | undefined;
  for (const attribute of type.references) {
    const value = attributeValue(resource, attribute);
    if (value === undefined) continue;
    const left = isArray(value)
      ? value.filter((element) => !refersTo(element, id))
      : refersTo(value, id)
        ? null
        : value;
    if (left === value || (isArray(left) && isArray(value) && left.length === value.length)) {
      continue;
    }
    changed = withValue(changed ?? resource, attribute, left);
  }
  return changed === undefined ? undefined : (normalise(changed, type) as T);
}

function refersTo(value: Json, id: string): boolean {
  return isObject(value) && value.value === id;
}

function withValue(resource: JsonObject, attribute: Attribute, value: Json): JsonObject {
  if (attribute.extension === undefined) return { ...resource, [attribute.name]: value };
  const extension = resource[attribute.extension];
  const members = isObject(extension) ? extension : {};
  return { ...resource, [attribute.extension]: { ...members, [attribute.name]: value } };
}
