import type { ReferenceObject, SchemaObject } from '@nestjs/swagger';
import type { AttributeDefinition, AttributeType, ResourceType, Schema } from '#scim';

/**
 * The OpenAPI schema of a resource as it is shown, made of the attributes that its SCIM schemas
 * define. What is required is in every answer, whatever `attributes` or `excludedAttributes` say.
 */
export function openapiSchemaOf(type: ResourceType): SchemaObject {
  const own = [...type.attributes.values()];
  const { properties, required } = objectOf(own, isAlwaysShown);
  const extensions = type.extensions.map(({ schema }) => [schema.id, extensionSchema(schema)]);
  return {
    type: 'object',
    ...described(type.definition.description ?? type.name),
    ...(required === undefined ? {} : { required }),
    properties: {
      ...properties,
      schemas: stringList('URNs of the schemas that the resource uses.', [type.schema.id]),
      ...Object.fromEntries(extensions),
    },
  };
}

/** The schema of what a client sends: the same, with what it must not leave out or leave blank. */
export function inputSchemaOf(type: ResourceType): SchemaObject {
  const attributes = [...type.attributes.values()].filter(
    ({ name, required, mutability }) => required && mutability !== 'readOnly' && name !== 'schemas',
  );
  const extensions = type.extensions.filter(({ required }) => required);
  const names = [
    'schemas',
    ...attributes.map(({ name }) => name),
    ...extensions.map(({ schema }) => schema.id),
  ];
  const texts = attributes.filter(
    ({ type: kind, multiValued }) => kind === 'string' && !multiValued,
  );
  const notBlank = texts.map(({ name }) => [name, { type: 'string', pattern: '\\S' }]);
  return {
    description: `A ${type.name} as it is sent.`,
    allOf: [
      schemaReference(type.name),
      { type: 'object', required: names, properties: Object.fromEntries(notBlank) },
    ],
  };
}

/** Name of that schema. */
export function requestName(type: { readonly name: string }): string {
  return `${type.name}Request`;
}

/** Where the schema of a type, or of a message, is found in the document. */
export function schemaReference(name: string): ReferenceObject {
  return { $ref: `#/components/schemas/${name}` };
}

/** Strings in an array. */
export function stringList(text: string, example?: readonly string[]): SchemaObject {
  return {
    type: 'array',
    description: text,
    items: { type: 'string' },
    ...(example === undefined ? {} : { example }),
  };
}

function isAlwaysShown({ required, returned }: AttributeDefinition): boolean {
  return required === true && returned === 'always';
}

function extensionSchema(schema: Schema): SchemaObject {
  return {
    type: 'object',
    ...described(schema.definition.description ?? schema.definition.name),
    ...objectOf(schema.attributes, isAlwaysShown),
  };
}

/** Properties of these attributes, and which of them are required. */
export function objectOf(
  attributes: readonly AttributeDefinition[],
  isRequired: (attribute: AttributeDefinition) => boolean,
): Pick<SchemaObject, 'properties' | 'required'> {
  const required = attributes.filter(isRequired).map(({ name }) => name);
  return {
    properties: Object.fromEntries(
      attributes.map((one) => [one.name, attributeSchema(one, isRequired)]),
    ),
    ...(required.length === 0 ? {} : { required }),
  };
}

function attributeSchema(
  attribute: AttributeDefinition,
  isRequired: (attribute: AttributeDefinition) => boolean,
): SchemaObject {
  const { type = 'string', mutability, multiValued, subAttributes = [] } = attribute;
  const access = {
    ...(mutability === 'readOnly' ? { readOnly: true } : {}),
    ...(mutability === 'writeOnly' ? { writeOnly: true } : {}),
  };
  const value: SchemaObject =
    type === 'complex'
      ? { type: 'object', ...objectOf(subAttributes, isRequired) }
      : simple(type, mutability === 'readOnly');
  const about = described(description(attribute));
  return multiValued
    ? { type: 'array', ...about, ...access, items: value }
    : { ...value, ...about, ...access };
}

const SIMPLE: Readonly<Record<Exclude<AttributeType, 'complex'>, string>> = {
  string: 'string',
  boolean: 'boolean',
  decimal: 'number',
  integer: 'integer',
  dateTime: 'string',
  binary: 'string',
  reference: 'string',
};

/** Of what the service makes itself: what clients send may be looser, and is shown as it was sent. */
const FORMATS: Readonly<Partial<Record<AttributeType, string>>> = {
  dateTime: 'date-time',
  reference: 'uri-reference',
};

function simple(type: keyof typeof SIMPLE, isOurs: boolean): SchemaObject {
  const format = isOurs ? FORMATS[type] : undefined;
  return { type: SIMPLE[type], ...(format === undefined ? {} : { format }) };
}

/** Canonical values are suggestions (RFC 7643 §7), so they are told and not made an enumeration. */
function description(attribute: AttributeDefinition): string {
  const { name, description: text = '', canonicalValues = [], required, mutability } = attribute;
  return [
    text === '' ? `The attribute ${name}` : text.replace(/\.$/, ''),
    ...(required && mutability !== 'readOnly' ? ['Required in what is sent'] : []),
    ...(canonicalValues.length > 0 ? [`Suggested: ${canonicalValues.join(', ')}`] : []),
  ].join('. ');
}

export function described(text: string | undefined): Pick<SchemaObject, 'description'> {
  return text === undefined || text === '' ? {} : { description: text };
}
