import type { Draft } from '#backend';
import {
  type Attribute,
  dateTimeKey,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type Meta,
  type MutableJsonObject,
  type ResourceType,
} from '#scim';

/** Why a row cannot be served; the message is for people and names attributes, not values. */
export class ContentError extends Error {
  override readonly name = 'ContentError';
}

/**
 * Brings what another service wrote into the kept form: names as the schema spells them, nothing
 * that is null or empty, times with a zone. Attributes the schema does not have stay as they are.
 * @throws ContentError when a value has not the JSON type of its attribute
 */
export function parseContent(
  type: ResourceType,
  content: JsonObject,
  id: string,
  now: Date,
): Draft {
  const { id: _, schemas, meta, ...rest } = keptForm(type, content);
  return {
    id,
    schemas: schemasOf(type, schemas, rest),
    ...rest,
    meta: metaOf(type, isObject(meta) ? meta : {}, now),
  };
}

function keptForm(type: ResourceType, content: JsonObject): JsonObject {
  const result: MutableJsonObject = {};
  for (const [key, value] of Object.entries(content)) {
    const extension = type.extensionByUrn.get(key.toLowerCase());
    const attribute = type.attributes.get(key.toLowerCase());
    const kept = extension
      ? keptObject(extension.id, value, (name) => extension.byName.get(name.toLowerCase()))
      : keptValue(attribute, value);
    if (kept !== undefined) set(result, extension?.id ?? attribute?.name ?? key, kept);
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
  for (const [key, member] of Object.entries(value)) {
    const attribute = attributeOf(key);
    const kept = keptValue(attribute, member);
    if (kept !== undefined) set(result, attribute?.name ?? key, kept);
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

/** Without null, empty lists and empty objects, at any depth (RFC 7643 §2.5). */
function withoutEmpty(value: Json | undefined): Json | undefined {
  if (value === null || value === undefined) return undefined;
  if (isArray(value)) {
    const elements = value.flatMap((element) => withoutEmpty(element) ?? []);
    return elements.length === 0 ? undefined : elements;
  }
  if (!isObject(value)) return value;
  const result: MutableJsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    const kept = withoutEmpty(member);
    if (kept !== undefined) set(result, key, kept);
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

/** The base schema always, an extension's when it is named or has data. */
function schemasOf(type: ResourceType, named: Json | undefined, data: JsonObject): string[] {
  const urns = (isArray(named) ? named : []).map(String);
  const lower = new Set(urns.map((urn) => urn.toLowerCase()));
  const missing = [type.schema.id, ...type.extensions.map(({ schema }) => schema.id)].filter(
    (urn) => !lower.has(urn.toLowerCase()) && (urn === type.schema.id || Object.hasOwn(data, urn)),
  );
  return [...missing, ...urns];
}

/** Version and `etag` are dropped: versions are ours. Older versions wrote `created`, newer do not. */
function metaOf(type: ResourceType, meta: JsonObject, now: Date): Meta {
  const { location, version, etag, ...rest } = meta;
  const lastModified = dateTime(meta.lastModified) ?? now.toISOString();
  const created = dateTime(meta.created) ?? lastModified;
  return { ...rest, resourceType: type.name, created, lastModified };
}

/** The reference writes times without a zone and means UTC. */
function dateTime(value: Json | undefined): string | undefined {
  if (typeof value !== 'string' || dateTimeKey(value) === undefined) return undefined;
  return /(?:Z|[+-]\d\d:\d\d)$/i.test(value) ? value : `${value}Z`;
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

/** Also for a member called `__proto__`, which plain assignment would take for the prototype. */
function set(target: MutableJsonObject, key: string, value: Json): void {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
