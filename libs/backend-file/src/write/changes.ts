import type { Stored } from '#backend';
import type { ResourceType } from '#scim';
import type { SidecarLine } from '../disk/sidecar.js';
import type { Elements, Entry } from '../memory/entry.js';
import type { Shelf } from '../memory/shelves.js';
import { addHash, elementHash, subtractHash } from '../memory/version.js';

/** A relation as it will be, and what that takes. */
export interface NextRelation {
  readonly elements: Elements;
  readonly sum: bigint;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export type NextRelations = ReadonlyMap<string, NextRelation>;

/** One change of one resource, checked and ready to be written and published. */
export type Change =
  /** Its file is written anew; without `entry` it is created. */
  | {
      readonly kind: 'write';
      readonly shelf: Shelf;
      readonly entry: Entry | undefined;
      readonly name: string;
      readonly stored: Stored;
      readonly relations: NextRelations;
    }
  /** Only relations change; a line is added to its sidecar. */
  | {
      readonly kind: 'delta';
      readonly shelf: Shelf;
      readonly entry: Entry;
      readonly stored: Stored;
      readonly line: SidecarLine;
    }
  | { readonly kind: 'remove'; readonly shelf: Shelf; readonly entry: Entry };

/** The relations of a resource after a write that states `stated` and leaves the others alone. */
export function nextRelations(
  type: ResourceType,
  entry: Entry | undefined,
  stated: (name: string) => Elements | undefined,
): NextRelations {
  return new Map(
    type.relations.map(({ attribute: { name } }) => {
      const members = entry?.relations.get(name);
      const before: Elements = members?.elements ?? new Map();
      const wanted = stated(name);
      return wanted === undefined
        ? [name, { elements: before, sum: members?.sum ?? 0n, added: [], removed: [] }]
        : [name, difference(before, members?.sum ?? 0n, wanted)];
    }),
  );
}

/** Those that stay keep their place, as a client that sends a sorted list changes nothing by it. */
function difference(before: Elements, sum: bigint, wanted: Elements): NextRelation {
  const elements = new Map(before);
  const added: string[] = [];
  const removed: string[] = [];
  for (const [value, extra] of before) {
    if (wanted.has(value)) continue;
    removed.push(value);
    elements.delete(value);
    sum = subtractHash(sum, elementHash(value, extra));
  }
  for (const [value, extra] of wanted) {
    if (before.has(value)) continue;
    added.push(value);
    elements.set(value, extra);
    sum = addHash(sum, elementHash(value, extra));
  }
  return { elements, sum, added, removed };
}

/** The relations' parts of the version. */
export function sumsOf(relations: ReadonlyMap<string, { readonly sum: bigint }>) {
  return new Map([...relations].map(([name, { sum }]) => [name, sum]));
}

/** The same after a line of changes, without touching anything. */
export function sumsAfter(entry: Entry, line: SidecarLine): ReadonlyMap<string, bigint> {
  const sums = sumsOf(entry.relations);
  for (const [name, { add, remove }] of line.relations) {
    const elements = entry.relations.get(name)?.elements;
    let sum = sums.get(name) ?? 0n;
    for (const value of remove) sum = subtractHash(sum, elementHash(value, elements?.get(value)));
    for (const { value, extra } of add) sum = addHash(sum, elementHash(value, extra));
    sums.set(name, sum);
  }
  return sums;
}
