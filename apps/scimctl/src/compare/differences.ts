import { elementsOf } from '#backend';
import {
  type Attribute,
  equalJson,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type ResourceType,
  secretAttributes,
} from '#scim';

/** What one resource has and the other has not, at one path. */
export interface Difference {
  readonly path: string;
  /** Absent where there is no value; of a relation, the ids that only this side has. */
  readonly from?: Json;
  readonly to?: Json;
  /** The values are nobody's business. */
  readonly secret?: true;
}

export interface CompareOptions {
  /** Names of relations to compare; both sides have them loaded. */
  readonly relations: readonly string[];
  /** Whether secrets count: not with a store that never shows them. */
  readonly secrets: boolean;
  /** Whether `meta.created` and `meta.lastModified` count. */
  readonly times: boolean;
}

/**
 * Where two resources of a type differ, the id aside. Neither computed attributes count, nor versions,
 * nor the order of values (RFC 7643 §2.4 gives it no meaning), nor what elements show of their targets.
 */
export function differences(
  type: ResourceType,
  from: JsonObject,
  to: JsonObject,
  { relations, secrets, times }: CompareOptions,
): readonly Difference[] {
  const found: Difference[] = [];
  const uncompared = new Set([
    'id',
    'meta',
    'schemas',
    ...[...type.relations, ...type.inverses].map(({ attribute }) => attribute.name),
  ]);
  const hidden = new Set(secretAttributes(type));
  for (const key of keysOf(from, to)) {
    if (uncompared.has(key)) continue;
    const extension = type.extensionByUrn.get(key.toLowerCase());
    const [a, b] = [from[key], to[key]];
    if (extension === undefined) {
      compareValue(found, type.attributes.get(key.toLowerCase()), key, a, b, hidden, secrets);
      continue;
    }
    for (const name of keysOf(objectOf(a), objectOf(b))) {
      const attribute = extension.byName.get(name.toLowerCase());
      const path = `${key}:${name}`;
      compareValue(found, attribute, path, objectOf(a)[name], objectOf(b)[name], hidden, secrets);
    }
  }
  for (const name of relations) found.push(...compareElements(name, from[name], to[name]));
  if (times) {
    for (const name of ['created', 'lastModified']) {
      const [a, b] = [objectOf(from.meta)[name], objectOf(to.meta)[name]];
      if (a !== b) found.push(difference(`meta.${name}`, a, b));
    }
  }
  return found;
}

function compareValue(
  found: Difference[],
  attribute: Attribute | undefined,
  path: string,
  from: Json | undefined,
  to: Json | undefined,
  hidden: ReadonlySet<Attribute>,
  secrets: boolean,
): void {
  if (attribute !== undefined && hidden.has(attribute)) {
    if (secrets && !sameValue(from, to)) found.push({ path, secret: true });
    return;
  }
  if (isObject(from) && isObject(to)) {
    for (const name of keysOf(from, to)) {
      if (!sameValue(from[name], to[name])) {
        found.push(difference(`${path}.${name}`, from[name], to[name]));
      }
    }
  } else if (!sameValue(from, to)) found.push(difference(path, from, to));
}

function compareElements(path: string, from: Json | undefined, to: Json | undefined) {
  const before = new Set(elementsOf(from).map(({ value }) => value));
  const after = new Set(elementsOf(to).map(({ value }) => value));
  const lost = [...before].filter((value) => !after.has(value));
  const added = [...after].filter((value) => !before.has(value));
  if (lost.length + added.length === 0) return [];
  return [
    difference(path, lost.length > 0 ? lost : undefined, added.length > 0 ? added : undefined),
  ];
}

function sameValue(from: Json | undefined, to: Json | undefined): boolean {
  if (!isArray(from) || !isArray(to)) return equalJson(from ?? null, to ?? null);
  if (from.length !== to.length) return false;
  const rest = [...to];
  return from.every((value) => {
    const at = rest.findIndex((other) => equalJson(value, other));
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
}

function difference(path: string, from: Json | undefined, to: Json | undefined): Difference {
  return {
    path,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

function keysOf(a: JsonObject, b: JsonObject): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
