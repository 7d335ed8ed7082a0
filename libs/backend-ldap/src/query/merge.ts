import { comparePositions, type Position, positionOf } from '#scim';
import type { Decoded } from '../mapping/ldap.mapping.js';

/** Merges entries that a sorted list leaves out into a part of it. */

const compare = comparePositions(false);

/**
 * @param index of the first one wanted, in the whole list
 * @param first index of `found[0]` in the sorted list; at least `index - loose.length`
 */
export function fromIndex(
  index: number,
  first: number,
  found: readonly Decoded[],
  loose: readonly Decoded[],
): readonly Decoded[] {
  const [head] = found;
  // Of what stands before the part, only the number matters; before the whole list nothing does.
  const isBefore = (one: Decoded) =>
    first > 0 && head !== undefined && compare(place(one), place(head)) < 0;
  const rest = loose.filter((one) => !isBefore(one));
  return merged(found, rest).slice(index - first - (loose.length - rest.length));
}

/** @param found what follows the position in the sorted list; more may stand before it */
export function afterPosition(
  position: Position,
  found: readonly Decoded[],
  loose: readonly Decoded[],
): readonly Decoded[] {
  return merged(found, loose).filter((one) => compare(place(one), position) > 0);
}

/** An entry that is met as both was given its key in between. */
function merged(found: readonly Decoded[], loose: readonly Decoded[]): readonly Decoded[] {
  if (loose.length === 0) return found;
  const byId = new Map([...loose, ...found].map((one) => [one.stored.id, one]));
  return [...byId.values()].sort((a, b) => compare(place(a), place(b)));
}

function place({ stored }: Decoded): Position {
  return positionOf(undefined, stored);
}
