import {
  equalJson,
  isArray,
  isObject,
  type Json,
  type JsonArray,
  type JsonObject,
} from '../json.js';
import { comparable } from '../matching.js';
import type { Attribute } from '../schema/attribute.js';
import { isPrimaryFlag } from './primary.js';

/** Whether two values of a simple attribute are the same by its own rule (RFC 7643 §2.2). */
function sameValue(attribute: Attribute, a: Json | undefined, b: Json | undefined): boolean {
  const [left, right] = [comparable(attribute.matching, a), comparable(attribute.matching, b)];
  return left === undefined || right === undefined ? equalJson(a, b) : left === right;
}

/** An element that takes over what another says of the same; what must not change stays. */
export function united(attribute: Attribute, first: JsonObject, second: JsonObject): JsonObject {
  const fixed = attribute.subAttributes.filter(
    ({ mutability, name }) =>
      (mutability === 'immutable' || mutability === 'readOnly') && first[name] !== undefined,
  );
  const keep = Object.fromEntries(fixed.map(({ name }) => [name, first[name]]));
  // An equal value stays as it is spelt, so that adding what is there changes nothing.
  const same = attribute.subAttributes.filter(({ name }) => first[name] !== undefined);
  for (const sub of same) {
    if (sameValue(sub, first[sub.name], second[sub.name])) keep[sub.name] = first[sub.name];
  }
  return { ...first, ...second, ...keep };
}

/**
 * What tells an element from all others of its list: `value` and `type` (RFC 7643 §2.4), in a
 * relation `value`, and where there is no `value` everything but `primary`.
 */
export function elementKey(attribute: Attribute, element: Json, relation: boolean): string {
  if (!isObject(element)) return valueKey(attribute, element);
  const { value, type } = element;
  if (value !== undefined && relation) return String(value);
  const [valueSub, typeSub] = [attribute.subByName.get('value'), attribute.subByName.get('type')];
  if (value !== undefined && valueSub !== undefined && typeSub !== undefined) {
    return JSON.stringify([valueKey(valueSub, value), valueKey(typeSub, type)]);
  }
  return JSON.stringify(
    attribute.subAttributes
      .filter((sub) => sub.mutability !== 'readOnly' && !isPrimaryFlag(sub))
      .map((sub) => valueKey(sub, element[sub.name])),
  );
}

/** What a value of a simple attribute is compared by; any value has one. */
export function valueKey(attribute: Attribute, value: Json | undefined): string {
  const key = comparable(attribute.matching, value);
  return key === undefined ? JSON.stringify(value ?? null) : JSON.stringify(key);
}

/** The elements of a kept multi-valued value. */
export function elementsOf(value: Json | undefined): JsonArray {
  if (value === undefined || value === null) return [];
  return isArray(value) ? value : [value];
}
