import { invalidSyntax, invalidValue } from '../errors.js';
import { isArray, isObject, type Json, type JsonObject, type MutableJsonObject } from '../json.js';
import { isMisleading } from '../reader/text.js';
import type { Attribute } from '../schema/attribute.js';
import type { Relation, ResourceType } from '../schema/resource-type.js';
import { listOfOne, packedElement, plainValue } from './entra-values.js';
import { misleading } from './identifiers.js';
import { resourceOf } from './reference-uri.js';
import { parseSimple, wrongType } from './simple-value.js';

export interface ValueOptions {
  /** Refuse what only lenience accepts. Default false. */
  readonly strict?: boolean;
  /** Takes the canonical path of every sub-attribute that is named. */
  readonly sent?: Set<string>;
  /** Absolute SCIM base of the request, which tells the URIs of this service's resources. */
  readonly base?: string | undefined;
}

/**
 * Turns what a client sent for one attribute into its kept form: sub-attributes in schema spelling,
 * without null, empty list or empty object, elements of relations as `{value, type?}`. readOnly
 * sub-attributes are ignored.
 * @returns undefined if nothing is assigned (RFC 7643 §2.5)
 * @throws ScimError invalidValue or invalidSyntax naming the attribute
 */
export function parseAttributeValue(
  type: ResourceType,
  attribute: Attribute,
  value: Json,
  options: ValueOptions = {},
): Json | undefined {
  if (value === null) return undefined;
  if (!attribute.multiValued) {
    const given = options.strict ? value : listOfOne(attribute, value);
    if (isArray(given)) {
      if (given.length === 0) return undefined;
      throw wrongType(attribute, given);
    }
    return parseElement(type, attribute, given, options);
  }
  if (!isArray(value) && options.strict) {
    throw invalidValue(`${attribute.path} must be an array.`);
  }
  const relation = type.relations.find((one) => one.attribute === attribute);
  const elements: Json[] = [];
  for (const item of isArray(value) ? value : [value]) {
    if (item === null) continue;
    const element =
      relation === undefined
        ? parseElement(type, attribute, item, options)
        : parseRelationElement(type, relation, item, options);
    if (element !== undefined) elements.push(element);
  }
  if (elements.length === 0) return undefined;
  checkPrimary(attribute, elements);
  return withoutRepeats(attribute, elements, relation !== undefined);
}

/**
 * Turns one element of a multi-valued attribute, or the value of a singular one, into its kept form.
 * @throws ScimError as parseAttributeValue
 */
export function parseElement(
  type: ResourceType,
  attribute: Attribute,
  value: Json,
  options: ValueOptions = {},
): Json | undefined {
  const strict = options.strict ?? false;
  if (value === null) return undefined;
  if (attribute.type !== 'complex') {
    const plain = attribute.multiValued && !strict ? plainValue(value) : value;
    return parseSimple(attribute, plain, strict);
  }
  const significant = attribute.subByName.get('value');
  const isReference = type.references.includes(attribute);
  let given = value;
  // Entra writes `manager: "<id>"`; an empty string unassigns.
  if (!strict && significant !== undefined && typeof value !== 'object') {
    if (value === '') return undefined;
    given = { [significant.name]: value };
  }
  if (!isObject(given)) throw wrongType(attribute, value);
  let members = parseMembers(type, attribute, given, options);
  const packed = strict ? undefined : packedElement(attribute, members.value);
  if (packed !== undefined) members = { ...packed, ...members, value: packed.value };
  if (isReference) {
    if (members.value === undefined && members.$ref !== undefined && members.$ref !== '') {
      members.value = resourceOf(type, attribute, members.$ref, options.base).id;
    }
    // The projection makes `$ref` anew, and a reference to nothing is none.
    delete members.$ref;
    if (members.value === undefined || members.value === '') return undefined;
  }
  return saysNothing(attribute, members) ? undefined : members;
}

/** The sub-attributes of a complex value, found in any letter case (RFC 7643 §2.1). */
function parseMembers(
  type: ResourceType,
  attribute: Attribute,
  given: JsonObject,
  options: ValueOptions,
): MutableJsonObject {
  const members: MutableJsonObject = {};
  const named = new Set<Attribute>();
  for (const key of Object.keys(given)) {
    const sub = attribute.subByName.get(key.toLowerCase());
    if (sub === undefined) {
      if (options.strict) throw unknownAttribute(`${attribute.path}.${key}`);
      continue;
    }
    if (named.has(sub)) throw repeatedKey(sub.path);
    named.add(sub);
    if (sub.mutability === 'readOnly') continue;
    options.sent?.add(sub.path);
    const member = parseAttributeValue(type, sub, given[key] ?? null, options);
    if (member !== undefined) members[sub.name] = member;
  }
  return members;
}

/**
 * RFC 7643 §4.2: `$ref` and `display` follow from `value`, so what the client says is dropped; a
 * `$ref` alone tells the `value`.
 */
function parseRelationElement(
  type: ResourceType,
  relation: Relation,
  item: Json,
  options: ValueOptions,
): JsonObject {
  const { attribute } = relation;
  const given = typeof item === 'string' && !options.strict ? { value: item } : item;
  if (!isObject(given)) throw wrongType(attribute, item);
  let value: Json | undefined;
  let kind: Json | undefined;
  let uri: Json | undefined;
  for (const key of Object.keys(given)) {
    const name = key.toLowerCase();
    if (name === 'value') {
      if (value !== undefined) throw repeatedKey(`${attribute.path}.value`);
      value = given[key];
    } else if (name === 'type') {
      kind = given[key];
    } else if (name === '$ref') {
      uri = given[key];
    } else if (options.strict && !attribute.subByName.has(name)) {
      throw unknownAttribute(`${attribute.path}.${key}`);
    }
  }
  if ((value ?? null) === null && typeof uri === 'string' && uri !== '') {
    const { id, type: target } = resourceOf(type, attribute, uri, options.base);
    return { value: id, type: target };
  }
  if (typeof value !== 'string' || value === '') {
    throw invalidValue(`Every element of ${attribute.path} needs a "value", the id it refers to.`);
  }
  if (isMisleading(value)) throw misleading(`${attribute.path}.value`);
  const wanted = typeof kind === 'string' ? kind.toLowerCase() : undefined;
  const target = relation.types.find((name) => name.toLowerCase() === wanted);
  return target === undefined ? { value } : { value, type: target };
}

/** RFC 7643 §2.4 */
function checkPrimary(attribute: Attribute, elements: readonly Json[]): void {
  if (!attribute.subByName.has('primary')) return;
  const preferred = elements.filter((element) => isObject(element) && element.primary === true);
  if (preferred.length > 1) {
    throw invalidValue(`Only one element of ${attribute.path} can have "primary": true.`);
  }
}

/** RFC 7643 §2.4: no two elements with the same type and value; relations compare by value alone. */
function withoutRepeats(attribute: Attribute, elements: Json[], isRelation: boolean): Json[] {
  if (elements.length < 2) return elements;
  const subs = attribute.subByName;
  if (attribute.type === 'complex' && !(subs.has('value') && subs.has('type'))) return elements;
  const places = new Map<Json, number>();
  const kept: Json[] = [];
  for (const element of elements) {
    const key = isObject(element) ? pairOf(element, isRelation) : element;
    const place = key === undefined ? undefined : places.get(key);
    if (place === undefined) {
      if (key !== undefined) places.set(key, kept.length);
      kept.push(element);
      continue;
    }
    const first = kept[place];
    if (isObject(first) && isObject(element)) kept[place] = { ...element, ...first };
  }
  return kept;
}

function pairOf({ value, type }: JsonObject, isRelation: boolean): string | undefined {
  if (value === undefined) return undefined;
  return isRelation ? String(value) : JSON.stringify([value, type]);
}

/** An element with a `primary` and nothing it could be the primary of, as SRAM sends for no e-mail. */
function saysNothing(attribute: Attribute, members: JsonObject): boolean {
  const names = Object.keys(members);
  if (names.length === 0) return true;
  return names.length === 1 && names[0] === 'primary' && attribute.subByName.has('value');
}

/** A key that the schema does not know, in strict mode. */
export function unknownAttribute(path: string) {
  return invalidValue(`There is no attribute ${path.slice(0, 200)}.`);
}

/** Two keys that name one attribute. */
export function repeatedKey(path: string) {
  return invalidSyntax(`${path} is given twice, in different letter case.`);
}
