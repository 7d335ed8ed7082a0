import { isObject, type Json } from '../json.js';
import type { Attribute } from '../schema/attribute.js';

/** An immutable sub-attribute that has a value, which only its resource's end takes away. */
export interface ImmutablePart {
  readonly sub: Attribute;
  readonly value: Json;
}

/** The immutable parts that are assigned in the kept value of a singular complex attribute. */
export function immutableParts(
  attribute: Attribute,
  value: Json | undefined,
): readonly ImmutablePart[] {
  if (attribute.multiValued || !isObject(value)) return [];
  return attribute.subAttributes.flatMap((sub) => {
    const part = value[sub.name];
    return sub.mutability !== 'immutable' || part === undefined ? [] : [{ sub, value: part }];
  });
}
