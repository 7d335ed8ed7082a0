import { inverseElement, type Stored } from '#backend';
import { attributeValue, type Inverse, type JsonObject } from '#scim';
import { compareCreation, type Entry, type Members } from '../memory/entry.js';
import type { Shelves } from '../memory/shelves.js';

/** The resource with the named relations and computed attributes; others are not looked at. */
export function expanded(
  shelves: Shelves,
  entry: Entry,
  names: readonly string[] | undefined,
): Stored {
  if (names === undefined || names.length === 0) return entry.stored;
  const added: Record<string, readonly JsonObject[]> = {};
  for (const { attribute } of entry.type.relations) {
    const members = names.includes(attribute.name) && entry.relations.get(attribute.name);
    if (members && members.elements.size > 0) added[attribute.name] = elementsOf(shelves, members);
  }
  for (const inverse of entry.type.inverses) {
    const { name } = inverse.attribute;
    const holders = names.includes(name) ? holdersOf(shelves, entry, inverse) : [];
    if (holders.length > 0) added[name] = holders;
  }
  return { ...entry.stored, ...added };
}

function elementsOf(shelves: Shelves, { elements, relation }: Members): readonly JsonObject[] {
  const result: JsonObject[] = [];
  for (const [value, extra] of elements) {
    const target = shelves.target(relation, value);
    const element = target === undefined ? { value } : targetElement(value, target);
    result.push(extra === undefined ? element : { ...extra, ...element });
  }
  return result;
}

/** Spelt out, since this runs once for each of a million members. */
function targetElement(value: string, target: Entry): JsonObject {
  const type = target.type.name;
  const display = displayOf(target);
  return display === undefined ? { value, type } : { value, type, display };
}

/** The resources that hold the entry in a relation, oldest first. */
function holdersOf(shelves: Shelves, entry: Entry, inverse: Inverse): readonly JsonObject[] {
  const holders: Entry[] = [];
  for (const { holder, relation } of shelves.linksTo(entry.id)) {
    const fits = holder.type.name === inverse.type && relation.attribute.name === inverse.relation;
    // An id may exist in two types; the element then means the first of them.
    if (fits && shelves.target(relation, entry.id) === entry) holders.push(holder);
  }
  return holders
    .sort((a, b) => compareCreation(a.position, b.position))
    .map((holder) => inverseElement(inverse, holder.id, displayOf(holder)));
}

/** What others show for the entry; undefined if unassigned. */
export function displayOf(entry: Entry): string | undefined {
  const { display } = entry.type;
  const value = display && attributeValue(entry.stored, display);
  return typeof value === 'string' ? value : undefined;
}
