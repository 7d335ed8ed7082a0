import {
  type JsonObject,
  MessageUrn,
  type MutableJsonObject,
  type ResourceType,
  type SchemaRegistry,
} from '#scim';
import { BASE, exampleId, resourceExample } from './examples.js';

/** Creates one resource of each type; a relation refers to the first by its bulkId. */
export function bulkExample(registry: SchemaRegistry): JsonObject {
  const bulkIds = new Map<string, string>();
  const operations = byDependency(registry).map((type) => {
    const data: MutableJsonObject = { ...resourceExample(type) };
    for (const { attribute, sub } of type.unique) {
      const value = data[attribute.name];
      if (sub === undefined && typeof value === 'string') data[attribute.name] = `bulk-${value}`;
    }
    for (const { attribute, types } of type.relations) {
      const target = types.map((name) => bulkIds.get(name)).find((bulkId) => bulkId !== undefined);
      if (target !== undefined) data[attribute.name] = [{ value: `bulkId:${target}` }];
    }
    const bulkId = bulkIdOf(type);
    bulkIds.set(type.name, bulkId);
    return { method: 'POST', path: type.endpoint, bulkId, data };
  });
  return { schemas: [MessageUrn.BulkRequest], failOnErrors: 1, Operations: operations };
}

/** The answer to `bulkExample`. */
export function bulkAnswerExample(registry: SchemaRegistry): JsonObject {
  return {
    schemas: [MessageUrn.BulkResponse],
    Operations: byDependency(registry).map((type) => ({
      method: 'POST',
      bulkId: bulkIdOf(type),
      location: `${BASE}${type.endpoint}/${exampleId(type.name)}`,
      version: 'W/"1"',
      status: '201',
    })),
  };
}

/** Types without relations first: others refer to them. */
function byDependency(registry: SchemaRegistry): readonly ResourceType[] {
  return [...registry.types].sort((a, b) => a.relations.length - b.relations.length);
}

function bulkIdOf(type: ResourceType): string {
  return `new-${type.name.toLowerCase()}`;
}
