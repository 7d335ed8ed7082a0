import { createHash } from 'node:crypto';
import { leaf, type ResourceType } from '#scim';

/** A line of the mapping table, by names. */
interface Line {
  readonly name: string;
  readonly attribute: { readonly name: string };
}

/**
 * Every entry with keys has this one. It changes with the mapping table and the attribute of the
 * order key, so that entries whose keys were made for others are told apart.
 */
export function markOf(
  type: ResourceType,
  rows: readonly Line[],
  order: string | undefined,
): string {
  const hash = createHash('sha256');
  if (order !== undefined) hash.update(`order=${order};`);
  for (const { name, attribute } of rows) hash.update(`${name}=${attribute.name};`);
  for (const name of indexedNames(type)) hash.update(`${name};`);
  return `scim:${hash.digest('hex').slice(0, 8)}`;
}

/** Paths that must be found by index. */
export function indexedNames(type: ResourceType): ReadonlySet<string> {
  return new Set([...type.indexed, ...type.unique].map((path) => leaf(path).path));
}
