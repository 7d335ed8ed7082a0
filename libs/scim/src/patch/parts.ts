import { equalJson, isArray, type Json, type JsonArray, type JsonObject } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import { ElementList } from './element-list.js';
import { elementsOf } from './elements.js';
import { unchangeable, withMember } from './state.js';
import type { Part } from './steps.js';

/** An object with other values of some sub-attributes. @throws ScimError mutability */
export function applyParts(before: JsonObject, parts: readonly Part[]): JsonObject {
  return parts.reduce((members, part) => {
    const { sub } = part;
    const was = members[sub.name];
    const is = part.append ? appended(sub, was, part.value) : part.value;
    if (equalJson(was, is)) return members;
    if (sub.mutability === 'immutable' && was !== undefined) throw unchangeable(sub);
    return withMember(members, sub.name, is);
  }, before);
}

function appended(sub: Attribute, was: Json | undefined, values: Json | undefined) {
  const all = [...elementsOf(was), ...elementsOf(values)];
  return orNothing(new ElementList(sub, all, false).elements());
}

/** RFC 7643 §2.5: an empty list or object is no value. */
export function orNothing(value: JsonArray | JsonObject): Json | undefined {
  const size = isArray(value) ? value.length : Object.keys(value).length;
  return size === 0 ? undefined : value;
}
