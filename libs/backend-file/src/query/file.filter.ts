import {
  acrossElements,
  type FilterLanguage,
  type PushedDown,
  type PushedPart,
  pushDown,
} from '#backend';
import { type CompareFilter, comparable, type Filter, leaf } from '#scim';
import type { Entry, Members } from '../memory/entry.js';
import type { Shelf, Shelves } from '../memory/shelves.js';

type Entries = ReadonlySet<Entry>;

/**
 * What the indexes find for a filter.
 * @returns undefined when they do not help and every resource has to be looked at
 */
export function candidatesOf(
  shelves: Shelves,
  shelf: Shelf,
  filter: Filter,
): PushedDown<Entries> | undefined {
  const language: FilterLanguage<Entries> = {
    nothing: new Set(),
    and: intersection,
    or: union,
    compare: (one) => compared(shelves, shelf, one),
    present: () => undefined,
    valuePath: (one) => acrossElements(language, one),
  };
  return pushDown(language, filter);
}

function compared(
  shelves: Shelves,
  { type, table }: Shelf,
  { operator, value, path }: CompareFilter,
): PushedPart<Entries> | undefined {
  if (operator !== 'eq' && operator !== 'sw') return undefined;
  const key = comparable(leaf(path).matching, value);
  if (key === undefined) return undefined;
  if (operator === 'sw') {
    // An empty text would find every value; that is no look-up.
    const found = typeof key === 'string' && key !== '' ? table.findByPrefix(path, key) : undefined;
    return found && exactly(found);
  }
  const relation = type.relations.find(({ attribute }) => attribute === path.attribute);
  if (relation !== undefined) {
    if (path.sub !== path.attribute.subByName.get('value')) return undefined;
    return exactly(holdersIn(shelves.linksByKey(key), relation.attribute.name, type.name));
  }
  const isId = path.attribute === type.attributes.get('id');
  const found = isId ? table.findById(key) : table.find(path, key);
  return found && exactly(found);
}

function* holdersIn(links: Iterable<Members>, relation: string, type: string): Generator<Entry> {
  for (const { holder, relation: held } of links) {
    if (holder.type.name === type && held.attribute.name === relation) yield holder;
  }
}

function exactly(entries: Iterable<Entry>): PushedPart<Entries> {
  return { query: new Set(entries), exact: true };
}

function intersection(sets: readonly Entries[]): Entries {
  const [smallest, ...others] = [...sets].sort((a, b) => a.size - b.size);
  const entries = [...(smallest ?? [])];
  return new Set(entries.filter((entry) => others.every((other) => other.has(entry))));
}

function union(sets: readonly Entries[]): Entries {
  return new Set(sets.flatMap((entries) => [...entries]));
}
