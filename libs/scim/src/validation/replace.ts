import { mutability } from '../errors.js';
import {
  equalJson,
  isObject,
  type Json,
  type JsonObject,
  type MutableJsonObject,
} from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import type { ResourceType } from '../schema/resource-type.js';
import { attributeValue } from '../schema/values.js';
import { immutableParts } from './immutable-parts.js';
import { normalise } from './normalise.js';

/**
 * What a PUT makes of a resource (RFC 7644 §3.5.1): readWrite attributes that are left out are
 * cleared, except those the type keeps; writeOnly and immutable ones stay; readOnly ones are the
 * current ones; computed ones are left out.
 * @param incoming attributes of `validateResource`
 * @param sent its `sent`, so that an explicit null clears what would be kept if left out
 * @throws ScimError mutability if an immutable value would change
 */
export function mergeForReplace<T extends JsonObject>(
  current: T,
  incoming: JsonObject,
  type: ResourceType,
  sent: ReadonlySet<string> = new Set(),
): T {
  const merged: MutableJsonObject = {};
  const computed = new Set(type.inverses.map(({ attribute }) => attribute));
  for (const attribute of type.all) {
    if (computed.has(attribute)) continue;
    const before = attributeValue(current, attribute);
    const after = attributeValue(incoming, attribute);
    const value = settle(type, attribute, before, after, sent.has(attribute.path));
    if (value === undefined) continue;
    if (attribute.extension === undefined) merged[attribute.name] = value;
    else merged[attribute.extension] = extended(merged[attribute.extension], attribute, value);
  }
  return normalise(merged, type) as T;
}

function settle(
  type: ResourceType,
  attribute: Attribute,
  before: Json | undefined,
  after: Json | undefined,
  named: boolean,
): Json | undefined {
  switch (attribute.mutability) {
    case 'readOnly':
      return before;
    case 'immutable':
      if (before === undefined) return after;
      if (after === undefined || equalJson(before, after)) return before;
      throw unchangeable(attribute);
    case 'writeOnly':
      return after ?? (named ? undefined : before);
    case 'readWrite':
      if (after === undefined && type.keptOnReplace.includes(attribute) && !named) return before;
      return withImmutableParts(attribute, before, after);
  }
}

/**
 * Immutable parts stay, as whole immutable attributes do. Elements of a multi-valued attribute come
 * and go as a whole, so only a singular one is bound.
 */
function withImmutableParts(
  attribute: Attribute,
  before: Json | undefined,
  after: Json | undefined,
): Json | undefined {
  const parts = immutableParts(attribute, before);
  if (parts.length === 0) return after;
  const kept: MutableJsonObject = isObject(after) ? { ...after } : {};
  for (const { sub, value } of parts) {
    const is = kept[sub.name];
    if (is !== undefined && !equalJson(value, is)) throw unchangeable(sub);
    kept[sub.name] = value;
  }
  return kept;
}

function unchangeable(attribute: Attribute) {
  return mutability(`${attribute.path} cannot be changed once it has a value.`);
}

function extended(extension: Json | undefined, { name }: Attribute, value: Json): JsonObject {
  return { ...(isObject(extension) ? extension : {}), [name]: value };
}
