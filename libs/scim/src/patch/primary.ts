import { invalidValue } from '../errors.js';
import { isObject, type Json, type JsonArray } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import type { ElementChange } from './steps.js';

/** The flag that at most one element has (RFC 7643 §2.4). */
export function isPrimaryFlag({ name, type }: Attribute): boolean {
  return name === 'primary' && type === 'boolean';
}

function primaryOf(attribute: Attribute): Attribute | undefined {
  return attribute.multiValued ? attribute.subAttributes.find(isPrimaryFlag) : undefined;
}

/**
 * A list after a change, in which an element that became the primary one takes the flag from the
 * others (RFC 7644 §3.5.2).
 * @param changed the elements of `after` that the request names
 * @throws ScimError invalidValue if the request makes two elements primary
 */
export function withOnePrimary(
  attribute: Attribute,
  after: JsonArray,
  changed: ReadonlySet<Json>,
): JsonArray {
  const flag = primaryOf(attribute);
  if (flag === undefined) return after;
  const preferred = after.filter((element) => changed.has(element) && isSet(element, flag));
  if (preferred.length > 1) throw twoPrimary(attribute);
  const [winner] = preferred;
  if (winner === undefined) return after;
  return after.map((element) =>
    element !== winner && isObject(element) && isSet(element, flag)
      ? { ...element, [flag.name]: false }
      : element,
  );
}

function isSet(element: Json, flag: Attribute): boolean {
  return isObject(element) && element[flag.name] === true;
}

/** Whether a change says that what it changes is the primary element. */
export function makesPrimary(attribute: Attribute, change: ElementChange): boolean {
  const flag = primaryOf(attribute);
  if (flag === undefined) return false;
  switch (change.kind) {
    case 'replace':
      return isSet(change.value, flag);
    case 'parts':
      return change.parts.some((part) => part.sub === flag && part.value === true);
  }
}

export function twoPrimary(attribute: Attribute) {
  return invalidValue(`Only one element of ${attribute.path} can have "primary": true.`);
}
