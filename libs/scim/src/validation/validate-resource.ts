import { invalidSyntax, invalidValue } from '../errors.js';
import { isArray, isObject, type Json, type JsonObject, type MutableJsonObject } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import type { ResourceType, Schema } from '../schema/resource-type.js';
import { parseAttributeValue, repeatedKey, unknownAttribute } from './attribute-value.js';
import { presentSchemas } from './normalise.js';
import { checkRequired } from './required.js';

export interface ValidationOptions {
  /** Refuse what only lenience accepts. Default false. */
  readonly strict?: boolean;
  /** A create assigns the type's defaults; a replace leaves them to the merge. Default create. */
  readonly operation?: 'create' | 'replace';
  /** Absolute SCIM base of the request; see `ValueOptions.base`. */
  readonly base?: string | undefined;
}

/** A request body in its kept form. */
export interface ParsedResource {
  /** Attributes in schema spelling, `schemas` included; readOnly ones are gone. */
  readonly attributes: JsonObject & { readonly schemas: readonly string[] };
  /** Canonical paths of all attributes and sub-attributes that the client named, null included. */
  readonly sent: ReadonlySet<string>;
}

interface Reading {
  readonly type: ResourceType;
  readonly strict: boolean;
  readonly sent: Set<string>;
  readonly base: string | undefined;
}

/**
 * Reads the body of a POST or PUT by the schemas of a resource type (RFC 7643 §2, §3).
 * @throws ScimError invalidSyntax for a wrong structure, invalidValue for a wrong or missing value
 */
export function validateResource(
  body: unknown,
  type: ResourceType,
  options: ValidationOptions = {},
): ParsedResource {
  if (!isObject(body)) throw invalidSyntax('The body must be a JSON object.');
  const { strict = false, base } = options;
  const reading: Reading = { type, strict, sent: new Set(), base };
  const resource: MutableJsonObject = {};
  const named = new Set<string>();
  let listed: Json | undefined;
  for (const key of Object.keys(body)) {
    const lower = key.toLowerCase();
    const value = body[key] ?? null;
    const attribute = type.attributes.get(lower);
    const extension = attribute === undefined ? type.extensionByUrn.get(lower) : undefined;
    if (attribute === undefined && extension === undefined) {
      if (reading.strict) throw unknownAttribute(key);
      continue;
    }
    if (named.has(lower)) throw repeatedKey(attribute?.path ?? extension?.id ?? key);
    named.add(lower);
    if (extension !== undefined) {
      const members = parseExtension(reading, extension, value);
      if (members !== undefined) resource[extension.id] = members;
    } else if (lower === 'schemas') {
      listed = value;
    } else if (attribute !== undefined) {
      assign(reading, resource, attribute, value);
    }
  }
  checkSchemas(reading, listed, resource);
  if (options.operation !== 'replace') assignDefaults(reading, resource);
  const attributes = { ...resource, schemas: presentSchemas(resource, type) };
  checkRequired(attributes, type);
  return { attributes, sent: reading.sent };
}

function assign(
  reading: Reading,
  target: MutableJsonObject,
  attribute: Attribute,
  value: Json,
): void {
  if (attribute.mutability === 'readOnly') return; // RFC 7644 §3.3, §3.5.1: ignored
  reading.sent.add(attribute.path);
  const parsed = parseAttributeValue(reading.type, attribute, value, reading);
  if (parsed !== undefined) target[attribute.name] = parsed;
}

function parseExtension(reading: Reading, extension: Schema, value: Json): JsonObject | undefined {
  if (value === null || (isArray(value) && value.length === 0)) return undefined;
  if (!isObject(value)) throw invalidValue(`${extension.id} must be an object.`);
  const members: MutableJsonObject = {};
  const named = new Set<Attribute>();
  for (const key of Object.keys(value)) {
    const attribute = extension.byName.get(key.toLowerCase());
    if (attribute === undefined) {
      if (reading.strict) throw unknownAttribute(`${extension.id}:${key}`);
      continue;
    }
    if (named.has(attribute)) throw repeatedKey(attribute.path);
    named.add(attribute);
    assign(reading, members, attribute, value[key] ?? null);
  }
  return Object.keys(members).length === 0 ? undefined : members;
}

/** RFC 7643 §3: strict mode demands a true list; otherwise it follows from the data. */
function checkSchemas({ type, strict }: Reading, listed: Json | undefined, data: JsonObject): void {
  const uris = listed === undefined || listed === null || listed === '' ? [] : listed;
  const list = isArray(uris) ? uris : [uris];
  const wrong = !list.every((uri) => typeof uri === 'string') || (strict && !isArray(uris));
  if (wrong) throw invalidSyntax('"schemas" must be an array of schema URIs.');
  const lower = new Set(list.map((uri) => String(uri).toLowerCase()));
  const isBaseNamed = lower.has(type.schema.id.toLowerCase());
  // Whoever says that this is another type's resource is at the wrong endpoint.
  const isForeign = [...lower].some((uri) => type.peers.foreignSchemas.has(uri));
  if (!isBaseNamed && (strict || isForeign)) {
    throw invalidSyntax(`"schemas" must contain ${type.schema.id}.`);
  }
  if (!strict) return;
  for (const uri of list.map(String)) {
    const known = uri.toLowerCase();
    if (known !== type.schema.id.toLowerCase() && !type.extensionByUrn.has(known)) {
      throw invalidSyntax(`"schemas" names ${uri.slice(0, 200)}, no schema of ${type.name}.`);
    }
  }
  for (const { schema } of type.extensions) {
    if (data[schema.id] !== undefined && !lower.has(schema.id.toLowerCase())) {
      throw invalidSyntax(
        `"schemas" must contain ${schema.id}, since the body has its attributes.`,
      );
    }
  }
}

/** RFC 7644 §3.3; an explicit null or [] is the client's word and stays. */
function assignDefaults({ type, sent }: Reading, resource: MutableJsonObject): void {
  for (const { attribute, value } of type.defaults) {
    if (!sent.has(attribute.path)) resource[attribute.name] = value;
  }
}
