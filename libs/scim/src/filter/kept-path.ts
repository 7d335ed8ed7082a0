import { type Attribute, type AttributePath, subAttribute } from '../schema/attribute.js';
import type { ResourceType } from '../schema/resource-type.js';

/**
 * Attributes that a resource shows but does not keep (see `Resource`): URIs, which the projection
 * makes from ids, and the name of the type. Filters and sorts read what is kept instead.
 */

/** `$ref` of an attribute that refers to resources, whose kept form is the id in `value`. */
export function isResourceReference(attribute: Attribute, sub: Attribute): boolean {
  return (
    sub.type === 'reference' &&
    sub.name === '$ref' &&
    attribute.subByName.has('value') &&
    sub.referenceTypes.some((name) => name !== 'external' && name !== 'uri')
  );
}

/** `meta.location`, the URI of the resource itself. */
export function isLocation(type: ResourceType, path: AttributePath): boolean {
  return path.sub !== undefined && path.sub === metaAttribute(type, 'location');
}

/** `meta.resourceType`, the same for every resource of a type. */
export function isTypeName(type: ResourceType, path: AttributePath): boolean {
  return path.sub !== undefined && path.sub === metaAttribute(type, 'resourceType');
}

/** The attribute that is the key of every resource. */
export function idAttribute(type: ResourceType): Attribute {
  const id = type.attributes.get('id');
  if (id === undefined) throw new Error(`resource type ${type.name} has no id`);
  return id;
}

/**
 * The id in the URI of a resource: its last segment, decoded. Host, base path and API version do
 * not tell resources apart (RFC 7643 §2.4, RFC 7644 §3.13).
 */
export function idOfUri(uri: string): string {
  const last = pathOf(uri).split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last; // a stray percent sign stands for itself
  }
}

/** Whether a URI leads to the endpoint of the type, as far as it says. */
export function isUriOf(type: ResourceType, uri: string): boolean {
  const path = `/${pathOf(uri)}`;
  return path.slice(0, path.lastIndexOf('/')).endsWith(type.endpoint);
}

function pathOf(uri: string): string {
  const path = uri.split(/[?#]/, 1)[0] ?? '';
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function metaAttribute(type: ResourceType, name: string): Attribute | undefined {
  const meta = type.attributes.get('meta');
  return meta === undefined ? undefined : subAttribute(meta, name);
}
