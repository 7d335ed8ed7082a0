import { mongo } from 'mongoose';
import type { Query } from '#backend';
import { comparable, type Json, type Key, leaf, type Position } from '#scim';
import type { MongoQuery } from '../filter/condition.js';
import { storedKey } from '../filter/keys.js';
import { singleField, sortedField } from '../filter/scope.js';
import type { TypeLayout } from '../layout/layout.js';
import { orderKey } from '../mongo.mapping.js';

/** What a list is ordered by before creation and id. */
export interface SortKey {
  /** A field, in which MaxKey stands for what is not assigned. */
  readonly field: string;
  /** What has to be computed into that field first; undefined where documents hold it. */
  readonly computed?: mongo.Document;
  readonly descending: boolean;
}

/** Field that a sort key is computed into. */
export const COMPUTED = '_sort';

/** Ends every order, so that it is total (design law 6). */
const TIES = { '_scim.order': 1 } as const;

export function sortOf(sort: SortKey | undefined): Readonly<Record<string, 1 | -1>> {
  return sort === undefined ? TIES : { [sort.field]: sort.descending ? -1 : 1, ...TIES };
}

/** `unknown` when the database cannot sort by the path. */
export function sortKeyOf(
  layout: TypeLayout,
  { sort }: Pick<Query, 'sort'>,
): SortKey | 'unknown' | undefined {
  if (sort === undefined) return undefined;
  const { path, descending } = sort;
  if (path.attribute.multiValued || path.sub?.multiValued) return 'unknown';
  const sorted = sortedField(layout, path);
  if (sorted !== undefined) return { field: sorted, descending };
  const field = singleField(layout, path);
  if (field === undefined) return 'unknown';
  if (!field.startsWith('_scim.s.')) return { field, descending };
  const value = `$${field}`;
  const isText = !['number', 'boolean'].includes(leaf(path).matching);
  const cut = { $substrCP: [value, 0, LONGEST] };
  const key = isText ? { $cond: [{ $eq: [{ $type: value }, 'string'] }, cut, null] } : value;
  return { field: COMPUTED, computed: { $ifNull: [key, new mongo.MaxKey()] }, descending };
}

/** As `LONGEST_SORT_KEY` of #scim. */
const LONGEST = 500;

/** What comes after a position, in an order of key, creation and id. */
export function afterPosition(sort: SortKey | undefined, position: Position): MongoQuery {
  const created = String(comparable('dateTime', position.created) ?? position.created);
  const later = { '_scim.order': { $gt: orderKey(created, position.id) } };
  if (sort === undefined) return later;
  const { field, descending } = sort;
  const none = new mongo.MaxKey();
  const key = keyOfPosition(position.key);
  const tie = { [field]: { $eq: key ?? none }, ...later };
  if (key === undefined) return descending ? { $or: [tie, { [field]: { $ne: none } }] } : tie;
  const beyond = { [field]: descending ? { $lt: key } : { $gt: key } };
  return { $or: [beyond, tie, ...(descending ? [] : [{ [field]: { $eq: none } }])] };
}

function keyOfPosition(key: Json): Key | undefined {
  return key === null || typeof key === 'object' ? undefined : storedKey(key);
}
