import type { SchemaObject } from '@nestjs/swagger';
import { type AttributeDefinition, findSchema, type SchemaRegistry } from '#scim';
import { listResponse } from './message-schemas.js';
import { described, objectOf, schemaReference, stringList } from './resource-schema.js';

/** Answers of discovery, which the service describes by SCIM schemas as well (RFC 7643 §8.7.2). */
export type DiscoveryName = 'ServiceProviderConfig' | 'ResourceType' | 'Schema';

const CORE = 'urn:ietf:params:scim:schemas:core:2.0';

/** Schemas of these answers and their lists. */
export function discoverySchemas(registry: SchemaRegistry): Record<string, SchemaObject> {
  return {
    ServiceProviderConfig: discoverySchema(registry, 'ServiceProviderConfig'),
    ResourceType: discoverySchema(registry, 'ResourceType'),
    ...schemaOfSchemas(registry),
    ResourceTypeListResponse: listResponse(schemaReference('ResourceType')),
    SchemaListResponse: listResponse(schemaReference('Schema')),
  };
}

/** Nothing is ever left out of these answers, so that all that is required is there. */
const isRequired = ({ required }: AttributeDefinition): boolean => required === true;

function discoverySchema(registry: SchemaRegistry, name: DiscoveryName): SchemaObject {
  const urn = `${CORE}:${name}`;
  const { attributes = [], description } = findSchema(registry, urn) ?? {};
  const { properties, required = [] } = objectOf(attributes, isRequired);
  return {
    type: 'object',
    ...described(description),
    required: [...new Set(['schemas', ...required, 'meta'])],
    properties: { schemas: stringList('URN of this schema.', [urn]), ...properties, meta: META },
  };
}

/** Attributes have sub-attributes, which are described alike and, of Schema itself, have their own. */
function schemaOfSchemas(registry: SchemaRegistry): Record<string, SchemaObject> {
  const schema = discoverySchema(registry, 'Schema');
  const { attributes = [] } = findSchema(registry, `${CORE}:Schema`) ?? {};
  const described = attributes.find(({ name }) => name === 'attributes')?.subAttributes ?? [];
  const { properties, ...required } = objectOf(described, isRequired);
  const list = (description: string): SchemaObject => ({
    type: 'array',
    description,
    items: schemaReference('AttributeDefinition'),
  });
  return {
    Schema: {
      ...schema,
      properties: { ...schema.properties, attributes: list('The attributes of the schema') },
    },
    AttributeDefinition: {
      type: 'object',
      description: 'An attribute with its characteristics (RFC 7643 §7).',
      ...required,
      properties: { ...properties, subAttributes: list('Of a complex attribute, its parts') },
    },
  };
}

const META: SchemaObject = {
  type: 'object',
  description: 'What the service knows about the resource itself',
  required: ['resourceType', 'location'],
  properties: {
    resourceType: { type: 'string', description: 'Name of the resource type' },
    location: { type: 'string', format: 'uri-reference', description: 'URI of the resource' },
  },
};
