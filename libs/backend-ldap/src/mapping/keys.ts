import { createHash } from 'node:crypto';
import { uniqueKeys as uniqueKeysOf } from '#backend';
import { comparable, type JsonObject, type Key, leaf, positionOf, valuesAt } from '#scim';
import type { Attributes } from '../port/directory.js';
import type { MappedAttribute, Model } from './model.js';
import { orderKeyOf } from './order.js';
import { isPlain, valuesOf } from './syntax.js';

/**
 * The keys of an entry, kept in one indexed attribute: hashes of what SCIM compares by, for values
 * that no LDAP attribute can show, or that a server would compare differently. They only ever help
 * to find an entry; what it holds is read from elsewhere, so a stale key harms nothing.
 */

export function keyOf(path: string, key: Key): string {
  const digest = createHash('sha256')
    .update(`${typeof key} ${key}`)
    .digest('hex');
  return `${path}:${digest.slice(0, 32)}`;
}

/** Says that a mapped attribute does not hold all values, or holds some that compare differently. */
export function incompleteKey(mapped: MappedAttribute): string {
  return `incomplete:${mapped.name}`;
}

/** Everything of an entry that only helps the server to find, sort and tell apart. */
export function technicalAttributes(
  model: Model,
  resource: JsonObject,
  attributes: Attributes,
): ReadonlyMap<string, readonly Buffer[]> {
  const { type, keys, uniqueKeys, order } = model;
  const values: readonly (readonly [string | undefined, readonly string[]])[] = [
    [keys, keysOf(model, resource, attributes)],
    // Several values of one resource may fold to one key, which no attribute holds twice.
    [
      uniqueKeys,
      [...new Set(uniqueKeysOf(type, resource).map(({ path, key }) => keyOf(path, key)))],
    ],
    // Where the server makes the id, it is not known yet.
    [order, [model.assigned ? positionOf(undefined, resource).created : orderKeyOf(resource)]],
  ];
  return new Map(
    values.flatMap(([attribute, texts]) =>
      attribute === undefined ? [] : [[attribute, texts.map((text) => Buffer.from(text))]],
    ),
  );
}

/** The keys of a resource whose entry holds these attributes. */
function keysOf(model: Model, resource: JsonObject, attributes: Attributes): readonly string[] {
  const { type } = model;
  const keys = new Set([model.mark]);
  const complete = new Set(
    model.mapped.filter((mapped) => shows(mapped, resource, attributes)).map(({ name }) => name),
  );
  const related = new Set(type.relations.map(({ attribute }) => attribute));
  for (const path of [...type.indexed, ...type.unique]) {
    const attribute = leaf(path);
    if (related.has(path.attribute)) continue; // has an index of its own
    if (complete.has(attribute.path)) continue;
    for (const value of valuesAt(resource, path)) {
      const key = comparable(attribute.matching, value);
      if (key !== undefined) keys.add(keyOf(attribute.path, key));
    }
  }
  for (const mapped of model.mapped) {
    if (!complete.has(mapped.name)) keys.add(incompleteKey(mapped));
  }
  return [...keys];
}

/** Whether a search of the mapped attribute finds every value of the resource. */
function shows(mapped: MappedAttribute, resource: JsonObject, attributes: Attributes): boolean {
  const held = new Set([
    ...valuesOf(mapped.attribute, attributes),
    ...(mapped.also === undefined ? [] : valuesOf(mapped.also, attributes)),
  ]);
  return valuesAt(resource, mapped.path).every(
    (value) => typeof value === 'string' && held.has(value) && isPlain(value),
  );
}
