import { type Attribute, type AttributePath, subAttribute } from './attribute.js';
import type { ResourceType, Schema } from './resource-type.js';

/** Whether two paths name the same attribute or sub-attribute. */
export function samePath(a: AttributePath, b: AttributePath): boolean {
  return a.attribute === b.attribute && a.sub === b.sub;
}

/** What an attribute path of a request names: an attribute (or sub-attribute), or a whole extension. */
export type ResolvedPath =
  | ({ readonly kind: 'attribute' } & AttributePath)
  | { readonly kind: 'extension'; readonly extension: Schema };

/**
 * Finds what `attr`, `attr.sub`, `urn:attr.sub` or an extension's URN names, in any letter case
 * (RFC 7644 §3.10). A base-schema URN is optional. Beyond the grammar, a bare name finds an
 * extension's attribute where only one extension has it, and `urn.attr` is read as `urn:attr`,
 * as older Entra jobs write it.
 * @returns undefined when the type has no such attribute
 */
export function resolvePath(type: ResourceType, text: string): ResolvedPath | undefined {
  const lower = text.toLowerCase();
  if (!lower.startsWith('urn:')) {
    const [name = '', sub, ...rest] = lower.split('.');
    if (rest.length > 0) return undefined;
    return withSub(type.attributes.get(name) ?? unambiguous(type, name), sub);
  }
  const schema = longestPrefix(type, lower);
  if (schema === undefined) return undefined;
  const rest = text.slice(schema.id.length + 1);
  const isExtension = schema !== type.schema;
  if (rest === '') return isExtension ? { kind: 'extension', extension: schema } : undefined;
  const [name = '', sub, ...more] = rest.toLowerCase().split('.');
  if (more.length > 0) return undefined;
  const attribute = isExtension
    ? schema.attributes.find((candidate) => candidate.name.toLowerCase() === name)
    : type.attributes.get(name);
  return withSub(attribute, sub);
}

/** URNs hold dots and colons, so the longest schema URI that fits is the one meant. */
function longestPrefix(type: ResourceType, lower: string): Schema | undefined {
  let best: Schema | undefined;
  for (const schema of [type.schema, ...type.extensions.map((extension) => extension.schema)]) {
    const id = schema.id.toLowerCase();
    const next = lower.charAt(id.length);
    const fits = lower.startsWith(id) && (next === '' || next === ':' || next === '.');
    if (fits && (best === undefined || id.length > best.id.length)) best = schema;
  }
  return best;
}

function unambiguous(type: ResourceType, name: string): Attribute | undefined {
  const found = type.all.filter(
    (attribute) => attribute.extension !== undefined && attribute.name.toLowerCase() === name,
  );
  return found.length === 1 ? found[0] : undefined;
}

function withSub(attribute: Attribute | undefined, sub: string | undefined) {
  if (attribute === undefined) return undefined;
  if (sub === undefined) return { kind: 'attribute', attribute, sub: undefined } as const;
  const found = subAttribute(attribute, sub);
  return found === undefined ? undefined : ({ kind: 'attribute', attribute, sub: found } as const);
}
