import {
  type Attribute,
  attributeValue,
  isArray,
  isAssigned,
  isObject,
  type Json,
  type JsonObject,
  type Key,
  type MatchingRule,
  type MutableJsonObject,
  type ResourceType,
} from '#scim';

/**
 * What filters of a database look into, next to the resource: every value in the form it is compared
 * in, so that the database needs to know nothing about letter case, composition, time zones or
 * base64, and answers exactly as the filter engine does.
 *
 * One flat object: `userName`, `name.givenName`, `urn:…:User:manager.value` hold a string or
 * number; `null` is a value that is there but compares with nothing. Multi-valued attributes hold a
 * list of objects, by sub-attribute, or under `value` where elements are simple. `name.*` says that
 * a complex value has something besides what its schema knows.
 */
export type SearchDocument = JsonObject;

/** Name under which elements of a multi-valued simple attribute hold their value. */
export const SELF = 'value';
/** Member for what the schema does not know. */
export const MORE = '*';

/** The form in which a database keeps the key of a value; undefined for what has none. */
export type KeyOf = (rule: MatchingRule, value: Json | undefined) => Key | undefined;

/** Relations, computed attributes, `id` and `meta` are not in it: they are kept by themselves. */
export function searchDocument(
  type: ResourceType,
  resource: JsonObject,
  keyOf: KeyOf,
): SearchDocument {
  const document: MutableJsonObject = {};
  const elsewhere = columnAttributes(type);
  for (const attribute of type.all) {
    if (elsewhere.has(attribute)) continue;
    const value = attributeValue(resource, attribute);
    if (value === undefined || value === null) continue;
    if (attribute.multiValued) {
      const elements = isArray(value) ? value : [value];
      document[attribute.path] = elements.map((element) =>
        searchElement(attribute, element, keyOf),
      );
    } else if (attribute.type === 'complex') {
      addMembers(document, attribute, value, `${attribute.path}.`, keyOf);
    } else {
      document[attribute.path] = keyOf(attribute.matching, value) ?? null;
    }
  }
  return document;
}

/** Attributes that are not in the search document. */
export function columnAttributes(type: ResourceType): ReadonlySet<Attribute | undefined> {
  return new Set([
    type.attributes.get('id'),
    type.attributes.get('meta'),
    ...[...type.relations, ...type.inverses].map(({ attribute }) => attribute),
  ]);
}

function searchElement(attribute: Attribute, element: Json, keyOf: KeyOf): JsonObject {
  const result: MutableJsonObject = {};
  if (attribute.type === 'complex') addMembers(result, attribute, element, '', keyOf);
  else result[SELF] = keyOf(attribute.matching, element) ?? null;
  return result;
}

function addMembers(
  target: MutableJsonObject,
  attribute: Attribute,
  value: Json,
  prefix: string,
  keyOf: KeyOf,
): void {
  if (!isObject(value)) {
    if (isAssigned(value)) target[prefix + MORE] = null;
    return;
  }
  const known = new Map(attribute.subAttributes.map((sub) => [sub.name, sub]));
  for (const [name, member] of Object.entries(value)) {
    const sub = known.get(name);
    if (member === undefined || member === null) continue;
    if (sub === undefined) {
      if (isAssigned(member)) target[prefix + MORE] = null;
    } else if (sub.multiValued) {
      const elements = isArray(member) ? member : [member];
      target[prefix + name] = elements.map((one) => ({ [SELF]: keyOf(sub.matching, one) ?? null }));
    } else {
      target[prefix + name] = keyOf(sub.matching, member) ?? null;
    }
  }
}
