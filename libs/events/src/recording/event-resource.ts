import {
  compileProjection,
  type JsonObject,
  type Projection,
  type ResourceType,
  type SchemaRegistry,
} from '#scim';

/** Turns a stored resource into what a message carries of it. */
export type EventResource = (
  type: ResourceType,
  stored: JsonObject,
  /** Names of relations that it was read without. */
  unread?: ReadonlySet<string>,
) => JsonObject;

/**
 * A message holds the resource as the API returns it, with locations relative to the service,
 * without what is never returned and without computed attributes (a user's `groups`).
 */
export function eventResource(registry: SchemaRegistry): EventResource {
  const projections = new Map<ResourceType, Projection>();
  for (const type of registry.types) {
    const excludedAttributes = type.inverses.map(({ attribute }) => attribute.path);
    projections.set(type, compileProjection(type, { excludedAttributes }, registry));
  }
  return (type, stored, unread = new Set()) => {
    const projection = projections.get(type);
    if (projection === undefined) throw new Error(`there is no resource type ${type.name}`);
    return projection.apply(stored, { base: '', unread });
  };
}
