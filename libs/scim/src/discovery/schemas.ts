import type { JsonObject } from '../json.js';
import type { SchemaDefinition } from '../schema/definition.js';
import type { SchemaRegistry } from '../schema/registry.js';
import { SchemaUrn } from '../urns.js';

/**
 * A Schema resource (RFC 7643 §7). The definition states every characteristic already: that is
 * what `assembleDocuments` makes of a schema file.
 * @param base SCIM base without a slash at the end; empty for relative locations
 */
export function schemaResource(definition: SchemaDefinition, base: string): JsonObject {
  const { id, name, description, attributes } = definition;
  return {
    schemas: [SchemaUrn.Schema],
    id,
    name,
    ...(description === undefined ? {} : { description }),
    attributes: attributes as unknown as readonly JsonObject[],
    // Colons stay as they are, as in the RFC's examples.
    meta: {
      resourceType: 'Schema',
      location: `${base}/Schemas/${encodeURI(id).replace(/[/?#]/g, encodeURIComponent)}`,
    },
  };
}

/** The published schema with this URN, in any letter case (RFC 7644 §3.10). */
export function findSchema(registry: SchemaRegistry, id: string): SchemaDefinition | undefined {
  const wanted = id.toLowerCase();
  return registry.schemas.find((schema) => schema.id.toLowerCase() === wanted);
}
