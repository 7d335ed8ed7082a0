import type { JsonObject } from '../json.js';
import type { SchemaRegistry } from '../schema/registry.js';
import type { ResourceType } from '../schema/resource-type.js';
import { SchemaUrn } from '../urns.js';

/**
 * A ResourceType resource (RFC 7643 §6).
 * @param base SCIM base without a slash at the end; empty for relative locations
 */
export function resourceTypeResource(type: ResourceType, base: string): JsonObject {
  const { name, description } = type.definition;
  return {
    schemas: [SchemaUrn.ResourceType],
    id: name,
    name,
    ...(description === undefined ? {} : { description }),
    endpoint: type.endpoint,
    schema: type.schema.id,
    ...(type.extensions.length === 0
      ? {}
      : {
          schemaExtensions: type.extensions.map(({ schema, required }) => ({
            schema: schema.id,
            required,
          })),
        }),
    meta: {
      resourceType: 'ResourceType',
      location: `${base}/ResourceTypes/${encodeURIComponent(name)}`,
    },
  };
}

/** The type with this id, in any letter case, as its schema says (caseExact is false). */
export function findResourceType(registry: SchemaRegistry, id: string): ResourceType | undefined {
  const wanted = id.toLowerCase();
  return registry.types.find(({ name }) => name.toLowerCase() === wanted);
}
