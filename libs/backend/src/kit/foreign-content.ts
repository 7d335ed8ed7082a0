import {
  dateTimeKey,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  keptForm,
  type Meta,
  type ResourceType,
} from '#scim';
import type { Draft } from '../contract.js';

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
