import { invalidValue } from '../errors.js';
import { isArray, isObject, type JsonObject } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import { perType } from '../schema/per-type.js';
import type { ResourceType } from '../schema/resource-type.js';
import { attributeValue } from '../schema/values.js';

interface Requirements {
  /** Required attributes of base and extensions. */
  readonly attributes: readonly Attribute[];
  /** Complex attributes whose elements must have certain sub-attributes. */
  readonly elements: readonly {
    readonly attribute: Attribute;
    readonly subs: readonly Attribute[];
  }[];
}

const requirementsOf = perType((type): Requirements => {
  const demanded = (attribute: Attribute): boolean =>
    attribute.required && attribute.mutability !== 'readOnly';
  return {
    attributes: type.all.filter(demanded),
    elements: type.all
      .map((attribute) => ({ attribute, subs: attribute.subAttributes.filter(demanded) }))
      .filter(({ attribute, subs }) => subs.length > 0 && attribute.mutability !== 'readOnly'),
  };
});

/**
 * Checks that a resource in its kept form has every required attribute, sub-attribute and extension
 * (RFC 7643 §2.2, §6). An extension's own required attributes bind once it is present.
 * @throws ScimError invalidValue naming what is missing
 */
export function checkRequired(resource: JsonObject, type: ResourceType): void {
  for (const { schema, required } of type.extensions) {
    if (required && resource[schema.id] === undefined) {
      throw invalidValue(`The extension ${schema.id} is required.`);
    }
  }
  const { attributes, elements } = requirementsOf(type);
  for (const attribute of attributes) {
    if (attribute.extension !== undefined && resource[attribute.extension] === undefined) continue;
    const value = attributeValue(resource, attribute);
    if (value === undefined || value === null) throw invalidValue(`${attribute.path} is required.`);
    if (typeof value === 'string' && value.trim() === '') {
      throw invalidValue(`${attribute.path} must not be blank.`);
    }
  }
  for (const { attribute, subs } of elements) {
    const value = attributeValue(resource, attribute);
    if (value === undefined || value === null) continue;
    for (const element of isArray(value) ? value : [value]) {
      const missing = subs.find((sub) => !isObject(element) || element[sub.name] === undefined);
      if (missing !== undefined) throw invalidValue(`${missing.path} is required.`);
    }
  }
}
