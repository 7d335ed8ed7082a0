import type { MatchingRule } from '../matching.js';
import type { Attribute } from './attribute.js';
import {
  ATTRIBUTE_TYPES,
  type AttributeDefinition,
  MUTABILITIES,
  RETURNED,
  type SchemaDefinition,
  UNIQUENESS,
} from './definition.js';
import type { Schema } from './resource-type.js';

/** A schema document that cannot be used; the message names the document, the attribute and why. */
export class SchemaDefinitionError extends Error {
  override readonly name = 'SchemaDefinitionError';
}

// RFC 7643 §2.1; `$` may lead only in `$ref`, which the grammar forgets.
const ATTRIBUTE_NAME = /^(?:[A-Za-z][A-Za-z0-9$_-]*|\$ref)$/;

/**
 * Compiles a schema document. `extension` says that its attributes live under the schema's URN.
 * @throws SchemaDefinitionError for anything RFC 7643 §7 does not allow
 */
export function compileSchema(definition: SchemaDefinition, extension: boolean): Schema {
  const urn = extension ? definition.id : undefined;
  const prefix = extension ? `${definition.id}:` : '';
  const attributes = compileAll(definition.attributes, urn, prefix, definition.id, false);
  return Object.freeze({ id: definition.id, definition, attributes, byName: byName(attributes) });
}

/** Compiles attributes that belong to no schema: the common ones of RFC 7643 §3.1. */
export function compileCommon(definitions: readonly AttributeDefinition[]): readonly Attribute[] {
  return compileAll(definitions, undefined, '', 'common attributes', false);
}

/** Attributes by lower-case name. */
export function byName(attributes: readonly Attribute[]): ReadonlyMap<string, Attribute> {
  return new Map(attributes.map((attribute) => [attribute.name.toLowerCase(), attribute]));
}

function compileAll(
  definitions: readonly AttributeDefinition[],
  extension: string | undefined,
  prefix: string,
  where: string,
  nested: boolean,
): readonly Attribute[] {
  if (!Array.isArray(definitions)) throw new SchemaDefinitionError(`${where}: attributes missing`);
  const seen = new Set<string>();
  return Object.freeze(
    definitions.map((definition) => {
      const attribute = compileAttribute(definition, extension, prefix, where, nested);
      const key = attribute.name.toLowerCase();
      if (seen.has(key)) {
        throw new SchemaDefinitionError(`${where}: attribute ${attribute.name} is defined twice`);
      }
      seen.add(key);
      return attribute;
    }),
  );
}

function compileAttribute(
  definition: AttributeDefinition,
  extension: string | undefined,
  prefix: string,
  where: string,
  nested: boolean,
): Attribute {
  const name = definition.name;
  if (typeof name !== 'string' || !ATTRIBUTE_NAME.test(name)) {
    throw new SchemaDefinitionError(`${where}: "${String(name)}" is not an attribute name`);
  }
  const at = `${where}: attribute ${name}`;
  const type = oneOf(ATTRIBUTE_TYPES, definition.type ?? 'string', `${at}: type`);
  if (type === 'complex' && nested) {
    throw new SchemaDefinitionError(`${at}: a sub-attribute cannot be complex (RFC 7643 §2.3.8)`);
  }
  const path = `${prefix}${name}`;
  const subAttributes =
    type === 'complex'
      ? compileAll(definition.subAttributes ?? [], extension, `${path}.`, at, true)
      : [];
  const subByName = byName(subAttributes);
  const uniqueness = oneOf(UNIQUENESS, definition.uniqueness ?? 'none', `${at}: uniqueness`);
  const caseExact = definition.caseExact ?? (type === 'reference' || type === 'binary');
  return Object.freeze({
    name,
    type,
    description: definition.description ?? '',
    multiValued: definition.multiValued ?? false,
    required: definition.required ?? false,
    caseExact,
    mutability: oneOf(MUTABILITIES, definition.mutability ?? 'readWrite', `${at}: mutability`),
    returned: oneOf(RETURNED, definition.returned ?? 'default', `${at}: returned`),
    uniqueness,
    canonicalValues: Object.freeze([...(definition.canonicalValues ?? [])]),
    referenceTypes: Object.freeze([...(definition.referenceTypes ?? [])]),
    matching: matchingRule(type, caseExact, uniqueness !== 'none', subByName.get('value')),
    subAttributes,
    subByName,
    extension,
    path,
  });
}

function matchingRule(
  type: Attribute['type'],
  caseExact: boolean,
  unique: boolean,
  value: Attribute | undefined,
): MatchingRule {
  switch (type) {
    case 'boolean':
    case 'dateTime':
    case 'binary':
      return type;
    case 'integer':
    case 'decimal':
      return 'number';
    case 'reference':
      return 'caseExact'; // RFC 7643 §2.3.7
    case 'string':
      if (caseExact) return 'caseExact';
      return unique ? 'userName' : 'caseIgnore';
    case 'complex':
      return value?.matching ?? 'none';
  }
}

function oneOf<T extends string>(allowed: readonly T[], value: string, where: string): T {
  // The reference's own schema files write `datetime`, so keywords are read in any case.
  const found = allowed.find((keyword) => keyword.toLowerCase() === String(value).toLowerCase());
  if (found === undefined) {
    throw new SchemaDefinitionError(`${where} "${value}" is not one of ${allowed.join(', ')}`);
  }
  return found;
}
