import { createHash } from 'node:crypto';
import { leaf, type ResourceType } from '#scim';

/** A line of the mapping table, by names. */
interface Line {
  readonly name: string;
  readonly attribute: { readonly name: string };
}

/**
 * Every entry with keys has this one. It changes with the mapping table and with the attributes that
 * hold further keys, so that entries whose keys were made for others are told apart.
 */
export function markOf(
  type: ResourceType,
  rows: readonly Line[],
  further: readonly (string | undefined)[],
): string {
  const hash = createHash('sha256');
  hash.update(`${further.join()};`);
  for (const { name, attribute } of rows) hash.update(`${name}=${attribute.name};`);
  for (const name of indexedNames(type)) hash.update(`${name};`);
  for (const path of type.unique) hash.update(`${leaf(path).path}!`);
  return `scim:${hash.digest('hex').slice(0, 8)}`;
}

/** Paths that must be found by index. */
export function indexedNames(type: ResourceType): ReadonlySet<string> {
  return new Set([...type.indexed, ...type.unique].map((path) => leaf(path).path));
}
