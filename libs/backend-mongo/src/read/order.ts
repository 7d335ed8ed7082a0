import { mongo } from 'mongoose';
import type { Query } from '#backend';
import { comparable, type Json, type Key, leaf, type Position } from '#scim';
import type { MongoQuery } from '../filter/condition.js';
import { storedKey } from '../filter/keys.js';
import { singleField, sortedField } from '../filter/scope.js';
import type { TypeLayout } from '../layout/layout.js';

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
const TIES = { '_scim.created': 1, _id: 1 } as const;

export function sortOf(sort: SortKey | undefined): Readonly<Record<string, 1 | -1>> {
  if (sort === undefined) return TIES;
  return { ...{ [sort.field]: 1 }, ...TIES, [sort.field]: sort.descending ? -1 : 1 };
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
  const later = { '_scim.created': { $gt: created } };
  const same = { '_scim.created': { $eq: created }, _id: { $gt: position.id } };
  // The bound by itself is what an index begins at.
  if (sort === undefined) return { '_scim.created': { $gte: created }, $or: [later, same] };
  const { field, descending } = sort;
  const none = new mongo.MaxKey();
  const key = keyOfPosition(position.key);
  const beyond = { [field]: descending ? { $lt: key } : { $gt: key } };
  if (field === '_id') return beyond;
  if (field === '_scim.created') return { $or: [beyond, same] };
  const here = { [field]: { $eq: key ?? none } };
  const ties = [
    { ...here, ...later },
    { ...here, ...same },
  ];
  if (key === undefined) return { $or: descending ? [...ties, { [field]: { $ne: none } }] : ties };
  return { $or: [beyond, ...ties, ...(descending ? [] : [{ [field]: { $eq: none } }])] };
}

function keyOfPosition(key: Json): Key | undefined {
  return key === null || typeof key === 'object' ? undefined : storedKey(key);
}
