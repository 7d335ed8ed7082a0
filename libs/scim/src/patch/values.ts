import { invalidValue, mutability, type ScimError } from '../errors.js';
import { isResourceReference } from '../filter/kept-path.js';
import { isArray, isObject, type Json, type JsonArray, type JsonObject } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import type { ResourceType } from '../schema/resource-type.js';
import {
  parseAttributeValue,
  repeatedKey,
  unknownAttribute,
} from '../validation/attribute-value.js';
import { listOfOne, packedElement } from '../validation/entra-values.js';
import { resourceOf } from '../validation/reference-uri.js';
import type { Part } from './steps.js';

/** How the values of a request are read. */
export interface PatchContext {
  readonly type: ResourceType;
  readonly lenient: boolean;
  /**
   * Whether a replace creates the element that its filter does not find. RFC 7644 §3.5.2.3 wants
   * noTarget there, Entra the element: it is made for operations in a form that only Entra sends.
   */
  readonly createMissing: boolean;
  /** Absolute SCIM base of the request; see `ValueOptions.base`. */
  readonly base?: string | undefined;
  /** Most terms of a filter in a path; see `SyntaxOptions.maxTerms`. */
  readonly filterTerms?: number | undefined;
}

/**
 * The kept form of a value for a whole attribute; undefined if it unassigns.
 * @throws ScimError as the value checks do; mutability for unassigning what is required, and
 * invalidValue for giving it a blank value
 */
export function parseWhole(
  attribute: Attribute,
  value: Json,
  { type, lenient, base }: PatchContext,
): Json | undefined {
  const given = attribute.multiValued ? listOf(value) : value;
  const parsed = parseAttributeValue(type, attribute, given, { strict: !lenient, base });
  if (attribute.required) checkGiven(attribute, parsed, value);
  return parsed;
}

/** The elements to add to a multi-valued attribute. */
export function parseElements(
  attribute: Attribute,
  value: Json,
  { type, lenient, base }: PatchContext,
): JsonArray {
  const parsed = parseAttributeValue(type, attribute, listOf(value), { strict: !lenient, base });
  return isArray(parsed) ? parsed : [];
}

/** RFC 7644 §3.5.2.1: the value, or each element of an array. */
function listOf(value: Json): JsonArray {
  if (isArray(value)) return value;
  return value === null ? [] : [value];
}

/**
 * Reads an object as changes of single sub-attributes; what is null unassigns. readOnly ones are
 * ignored, and so is what only the service knows of a reference.
 * @throws ScimError as the value checks do
 */
export function parseParts(
  attribute: Attribute,
  value: Json,
  append: boolean,
  context: PatchContext,
): readonly Part[] {
  const given = asObject(attribute, value, context.lenient);
  const parts: Part[] = [];
  const named = new Set<Attribute>();
  const hasValue = Object.entries(given).some(
    ([key, member]) => key.toLowerCase() === 'value' && (member ?? null) !== null,
  );
  for (const [key, member] of Object.entries(given)) {
    const sub = attribute.subByName.get(key.toLowerCase());
    if (sub === undefined) {
      if (!context.lenient) throw unknownAttribute(`${attribute.path}.${key}`);
      continue;
    }
    if (named.has(sub)) throw repeatedKey(sub.path);
    named.add(sub);
    if (sub.mutability === 'readOnly') continue;
    // A URI tells the id where nothing else does; clients copy it, null as well, beside the id.
    const follows = isResourceReference(attribute, sub) && (hasValue || (member ?? null) === null);
    if (follows) {
      parseWhole(sub, member ?? null, context);
      continue;
    }
    parts.push(...parsePart(attribute, sub, member ?? null, append, context));
  }
  return parts;
}

/** The change of one sub-attribute; none where the value is not kept. @throws as parseParts */
export function parsePart(
  attribute: Attribute,
  sub: Attribute,
  value: Json,
  append: boolean,
  context: PatchContext,
): readonly Part[] {
  const parsed = parseWhole(sub, value, context);
  const significant = significantOf(attribute);
  if (significant !== undefined && isResourceReference(attribute, sub)) {
    return uriPart(attribute, significant, parsed, context);
  }
  const packed =
    context.lenient && sub === significant ? packedElement(attribute, parsed) : undefined;
  if (packed !== undefined) {
    return attribute.subAttributes.flatMap((one) => {
      const member = packed[one.name];
      return member === undefined ? [] : [{ sub: one, value: member, append: false }];
    });
  }
  return isKept(attribute, sub, context.type)
    ? [{ sub, value: parsed, append: append && sub.multiValued }]
    : [];
}

/**
 * A URI says which id is meant; without one, a reference refers to nothing. Elements of a relation
 * have it from their id and cannot lose it.
 */
function uriPart(
  attribute: Attribute,
  significant: Attribute,
  uri: Json | undefined,
  { type, base }: PatchContext,
): readonly Part[] {
  const isNone = uri === undefined || uri === '';
  if (isNone && !type.references.includes(attribute)) return [];
  const value = isNone ? undefined : resourceOf(type, attribute, uri, base).id;
  return [{ sub: significant, value, append: false }];
}

/**
 * URIs follow from the id beside them, and in a relation everything does (RFC 7643 §4.2): such
 * values are checked and then dropped, as in a whole resource.
 */
export function isKept(attribute: Attribute, sub: Attribute, type: ResourceType): boolean {
  if (isResourceReference(attribute, sub)) return false;
  return !isRelation(attribute, type) || sub === significantOf(attribute);
}

export function isRelation(attribute: Attribute, type: ResourceType): boolean {
  return type.relations.some((relation) => relation.attribute === attribute);
}

/** The significant sub-attribute (RFC 7643 §2.4). */
export function significantOf(attribute: Attribute): Attribute | undefined {
  return attribute.subByName.get('value');
}

/** A reference without an id refers to nothing: `""`, `{"value": ""}` and null clear it (Entra). */
export function unassignsReference(
  attribute: Attribute,
  parts: readonly Part[],
  type: ResourceType,
): boolean {
  if (!type.references.includes(attribute)) return false;
  const value = significantOf(attribute);
  return parts.some((part) => part.sub === value && (part.value ?? '') === '');
}

/** An object as it is; leniently a plain value stands for `{"value": …}`, as Entra's manager. */
export function asObject(attribute: Attribute, value: Json, lenient: boolean): JsonObject {
  const given = lenient ? listOfOne(attribute, value) : value;
  if (given !== value) return asObject(attribute, given, lenient);
  if (isObject(value)) return value;
  const significant = significantOf(attribute);
  if (lenient && significant !== undefined && value !== null && !isArray(value)) {
    return { [significant.name]: value };
  }
  throw invalidValue(`${attribute.path} must be an object.`);
}

/** RFC 7644 §3.5.2.2, §3.5.2.3: what is required cannot be unassigned. */
export function requiredStays(attribute: Attribute): ScimError {
  return mutability(`${attribute.path} is required and cannot be removed.`);
}

function checkGiven(attribute: Attribute, parsed: Json | undefined, given: Json): void {
  const blank = typeof (parsed ?? given) === 'string' && String(parsed ?? given).trim() === '';
  if (blank) throw invalidValue(`${attribute.path} is required and must not be blank.`);
  if (parsed === undefined) throw requiredStays(attribute);
}
