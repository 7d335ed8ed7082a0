import { mutability } from '../errors.js';
import { equalJson, isObject, type Json, type JsonObject } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import type { ResourceType } from '../schema/resource-type.js';
import { attributeValue } from '../schema/values.js';
import { immutableParts } from '../validation/immutable-parts.js';
import { presentSchemas } from '../validation/normalise.js';
import { requiredStays } from './values.js';

/**
 * The resource with another value of a top-level attribute, or without it; the resource itself
 * where nothing changes. The first attribute of an extension brings its URN into `schemas`, the
 * last one takes it away.
 * @throws ScimError mutability for a change of what is immutable or the end of what is required
 */
export function withAttribute(
  resource: JsonObject,
  attribute: Attribute,
  value: Json | undefined,
  type: ResourceType,
): JsonObject {
  const before = attributeValue(resource, attribute);
  if (equalJson(before, value)) return resource;
  if (before !== undefined) {
    if (attribute.mutability === 'immutable') throw unchangeable(attribute);
    if (attribute.required && value === undefined) throw requiredStays(attribute);
    for (const part of immutableParts(attribute, before)) {
      const is = isObject(value) ? value[part.sub.name] : undefined;
      if (!equalJson(part.value, is)) throw unchangeable(part.sub);
    }
  }
  if (attribute.extension === undefined) return withMember(resource, attribute.name, value);
  const members = resource[attribute.extension];
  const changed = withMember(isObject(members) ? members : {}, attribute.name, value);
  return withExtension(resource, attribute.extension, changed, type);
}

/** The resource with these attributes of an extension; none take its URN out of `schemas`. */
export function withExtension(
  resource: JsonObject,
  urn: string,
  members: JsonObject,
  type: ResourceType,
): JsonObject {
  const empty = Object.keys(members).length === 0;
  const was = resource[urn] !== undefined;
  const changed = withMember(resource, urn, empty ? undefined : members);
  if (was !== empty) return changed;
  const required = type.extensions.some(({ schema, required }) => required && schema.id === urn);
  if (empty && required) throw mutability(`The extension ${urn} is required; keep its attributes.`);
  return { ...changed, schemas: presentSchemas(changed, type) };
}

/** A copy of an object with one member set, or without it if the value is undefined. */
export function withMember(object: JsonObject, name: string, value: Json | undefined): JsonObject {
  if (value !== undefined) return { ...object, [name]: value };
  const { [name]: _removed, ...rest } = object;
  return rest;
}

/** RFC 7643 §2.2: immutable is settable while it has no value. */
export function unchangeable(attribute: Attribute) {
  return mutability(`${attribute.path} cannot be changed once it has a value.`);
}
