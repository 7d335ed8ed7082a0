import type { ReferenceObject, SchemaObject } from '@nestjs/swagger';
import type { Attribute, AttributeType, ResourceType, Schema } from '#scim';

/** The OpenAPI schema of a resource type, made of the attributes that its SCIM schemas define. */
export function openapiSchemaOf(type: ResourceType): SchemaObject {
  const properties: Record<string, SchemaObject> = { schemas: schemasProperty(type) };
  for (const attribute of type.attributes.values()) {
    if (attribute.name !== 'schemas') properties[attribute.name] = attributeSchema(attribute);
  }
  for (const { schema } of type.extensions) properties[schema.id] = extensionSchema(schema);
  const required = [...type.attributes.values()]
    .filter((attribute) => attribute.required && attribute.mutability !== 'readOnly')
    .map((attribute) => attribute.name);
  const extensions = type.extensions
    .filter((extension) => extension.required)
    .map(({ schema }) => schema.id);
  return {
    type: 'object',
    ...described(type.definition.description),
    required: [...new Set(['schemas', ...required, ...extensions])],
    properties,
  };
}

/** Where the schema of a type, or of a message, is found in the document. */
export function schemaReference(name: string): ReferenceObject {
  return { $ref: `#/components/schemas/${name}` };
}

function schemasProperty(type: ResourceType): SchemaObject {
  return {
    type: 'array',
    description: 'URNs of the schemas that the resource uses.',
    items: { type: 'string' },
    example: [type.schema.id],
  };
}

function extensionSchema(schema: Schema): SchemaObject {
  return {
    type: 'object',
    ...described(schema.definition.description ?? schema.definition.name),
    ...objectOf(schema.attributes),
  };
}

function attributeSchema(attribute: Attribute): SchemaObject {
  const { mutability, multiValued } = attribute;
  const access = {
    ...(mutability === 'readOnly' ? { readOnly: true } : {}),
    ...(mutability === 'writeOnly' ? { writeOnly: true } : {}),
  };
  const value =
    attribute.type === 'complex'
      ? { type: 'object', ...objectOf(attribute.subAttributes) }
      : SIMPLE[attribute.type];
  const about = described(description(attribute));
  return multiValued
    ? { type: 'array', ...about, ...access, items: value }
    : { ...value, ...about, ...access };
}

function objectOf(attributes: readonly Attribute[]): Pick<SchemaObject, 'properties' | 'required'> {
  const required = attributes.filter((one) => one.required).map(({ name }) => name);
  return {
    properties: Object.fromEntries(attributes.map((one) => [one.name, attributeSchema(one)])),
    ...(required.length === 0 ? {} : { required }),
  };
}

const SIMPLE: Readonly<Record<Exclude<AttributeType, 'complex'>, SchemaObject>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  decimal: { type: 'number' },
  integer: { type: 'integer' },
  dateTime: { type: 'string', format: 'date-time' },
  binary: { type: 'string', format: 'byte' },
  reference: { type: 'string', format: 'uri-reference' },
};

/** Canonical values are suggestions (RFC 7643 §7), so they are told and not made an enumeration. */
function description({ description: text, canonicalValues }: Attribute): string {
  const suggested = canonicalValues.length > 0 ? `Suggested: ${canonicalValues.join(', ')}.` : '';
  return [text, suggested].filter((part) => part !== '').join(' ');
}

function described(text: string | undefined): Pick<SchemaObject, 'description'> {
  return text === undefined || text === '' ? {} : { description: text };
}
