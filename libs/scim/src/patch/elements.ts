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
export function sameValue(attribute: Attribute, a: Json | undefined, b: Json | undefined): boolean {
  const [left, right] = [comparable(attribute.matching, a), comparable(attribute.matching, b)];
  return left === undefined || right === undefined ? equalJson(a, b) : left === right;
}

/**
 * A list in which no element occurs twice; of two, the first keeps its place and takes over what
 * the second says. Elements are the same if `value` and `type` are (RFC 7643 §2.4), in a relation
 * if `value` is, and where there is no `value` if everything but `primary` is.
 */
export function withoutRepeats(
  attribute: Attribute,
  elements: JsonArray,
  relation: boolean,
): JsonArray {
  const places = new Map<string, number>();
  const kept: Json[] = [];
  for (const element of elements) {
    const key = elementKey(attribute, element, relation);
    const place = places.get(key);
    if (place === undefined) {
      places.set(key, kept.length);
      kept.push(element);
      continue;
    }
    const first = kept[place];
    if (!relation && isObject(first) && isObject(element)) {
      kept[place] = united(attribute, first, element);
    }
  }
  return kept.length === elements.length ? elements : kept;
}

function united(attribute: Attribute, first: JsonObject, second: JsonObject): JsonObject {
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

function elementKey(attribute: Attribute, element: Json, relation: boolean): string {
  if (!isObject(element)) return keyOf(attribute, element);
  const { value, type } = element;
  if (value !== undefined && relation) return String(value);
  const [valueSub, typeSub] = [attribute.subByName.get('value'), attribute.subByName.get('type')];
  if (value !== undefined && valueSub !== undefined && typeSub !== undefined) {
    return JSON.stringify([keyOf(valueSub, value), keyOf(typeSub, type)]);
  }
  return JSON.stringify(
    attribute.subAttributes
      .filter((sub) => sub.mutability !== 'readOnly' && !isPrimaryFlag(sub))
      .map((sub) => keyOf(sub, element[sub.name])),
  );
}

function keyOf(attribute: Attribute, value: Json | undefined): string {
  const key = comparable(attribute.matching, value);
  return key === undefined ? JSON.stringify(value ?? null) : JSON.stringify(key);
}

/** The elements of a kept multi-valued value. */
export function elementsOf(value: Json | undefined): JsonArray {
  if (value === undefined || value === null) return [];
  return isArray(value) ? value : [value];
}
