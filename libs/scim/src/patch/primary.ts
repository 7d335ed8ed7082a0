import { invalidValue } from '../errors.js';
import { isObject, type Json } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import type { ElementChange } from './steps.js';

/** The flag that at most one element has (RFC 7643 §2.4). */
export function isPrimaryFlag({ name, type }: Attribute): boolean {
  return name === 'primary' && type === 'boolean';
}

/** The flag of a list's elements that says which is the primary one. */
export function primaryOf(attribute: Attribute): Attribute | undefined {
  return attribute.multiValued ? attribute.subAttributes.find(isPrimaryFlag) : undefined;
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
