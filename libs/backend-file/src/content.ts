import {
  type Attribute,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type MutableJsonObject,
  type ResourceType,
} from '#scim';

/** Why a file cannot be served; the message is for people and names attributes, not values. */
export class ContentError extends Error {
  override readonly name = 'ContentError';
}

/**
 * Brings what is in a file into the kept form: names as the schema spells them, nothing that is
 * null or empty. Attributes the schema does not have stay as they are, so that a file loses nothing
 * by being read and written.
 * @throws ContentError when a value has not the JSON type of its attribute
 */
export function keptForm(type: ResourceType, file: JsonObject): JsonObject {
  const result: MutableJsonObject = {};
  for (const key of Object.keys(file)) {
    const value = file[key];
    const attribute = type.attributes.get(key.toLowerCase());
    const extension = attribute ? undefined : type.extensionByUrn.get(key.toLowerCase());
    const name = attribute?.name ?? extension?.id ?? key;
    const kept = extension
      ? keptObject(name, value, (sub) => find(extension.attributes, sub))
      : keptValue(attribute, value);
    if (kept === undefined) continue;
    if (Object.hasOwn(result, name))
      throw new ContentError(`${name} is there twice, in different spelling`);
    set(result, name, kept);
  }
  return result;
}

function keptValue(attribute: Attribute | undefined, value: Json | undefined): Json | undefined {
  if (attribute === undefined) return withoutEmpty(value);
  if (value === null || value === undefined) return undefined;
  if (!attribute.multiValued) return keptSingle(attribute, value);
  const elements = (isArray(value) ? value : [value]).flatMap((element) => {
    const kept = element === null ? undefined : keptSingle(attribute, element);
    return kept === undefined ? [] : [kept];
  });
  return elements.length === 0 ? undefined : elements;
}

function keptSingle(attribute: Attribute, value: Json): Json | undefined {
  if (attribute.type === 'complex') {
    return keptObject(attribute.path, value, (name) => attribute.subByName.get(name.toLowerCase()));
  }
  if (typeof value !== jsonTypeOf(attribute)) {
    throw new ContentError(`${attribute.path} is not a ${jsonTypeOf(attribute)}`);
  }
  return value;
}

function keptObject(
  path: string,
  value: Json | undefined,
  attributeOf: (name: string) => Attribute | undefined,
): JsonObject | undefined {
  if (value === null || value === undefined) return undefined;
  if (!isObject(value)) throw new ContentError(`${path} is not an object`);
  const result: MutableJsonObject = {};
  for (const key of Object.keys(value)) {
    const attribute = attributeOf(key);
    const kept = keptValue(attribute, value[key]);
    if (kept !== undefined) set(result, attribute?.name ?? key, kept);
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

/** A copy without null, empty lists and empty objects, at any depth (RFC 7643 §2.5). */
export function withoutEmptyMembers(value: JsonObject): JsonObject {
  const result: MutableJsonObject = {};
  for (const key of Object.keys(value)) {
    const kept = withoutEmpty(value[key]);
    if (kept !== undefined) set(result, key, kept);
  }
  return result;
}

function withoutEmpty(value: Json | undefined): Json | undefined {
  if (value === null || value === undefined) return undefined;
  if (isArray(value)) {
    const elements = value.flatMap((element) => withoutEmpty(element) ?? []);
    return elements.length === 0 ? undefined : elements;
  }
  if (!isObject(value)) return value;
  const result = withoutEmptyMembers(value);
  return Object.keys(result).length === 0 ? undefined : result;
}

function jsonTypeOf(attribute: Attribute): 'string' | 'boolean' | 'number' {
  switch (attribute.type) {
    case 'boolean':
      return 'boolean';
    case 'integer':
    case 'decimal':
      return 'number';
    default:
      return 'string';
  }
}

function find(attributes: readonly Attribute[], name: string): Attribute | undefined {
  return attributes.find((attribute) => attribute.name.toLowerCase() === name.toLowerCase());
}

/** Also for a member called `__proto__`, which plain assignment would take for the prototype. */
function set(target: MutableJsonObject, key: string, value: Json): void {
  if (key !== '__proto__') target[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true });
}
