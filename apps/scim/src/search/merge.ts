import type { Stored } from '#backend';
import { comparePositions, positionOf } from '#scim';
import type { BoundQuery } from './bound-query.js';

/** A resource of one of several types, with the query that found it. */
export interface Candidate {
  readonly bound: BoundQuery;
  readonly resource: Stored;
  /** What is shown of it and was not loaded yet. */
  readonly open: readonly string[];
}

/** Where a candidate stands in the order that all types of a query have in common. */
export function placeOf({ bound, resource }: Candidate) {
  return positionOf(bound.query.sort, resource);
}

/** Merges pages of several types into one, in the order that each of them has by itself. */
export function mergeCandidates(
  pages: readonly (readonly Candidate[])[],
  descending: boolean,
): readonly Candidate[] {
  const compare = comparePositions(descending);
  return pages
    .flat()
    .map((candidate) => ({ candidate, place: placeOf(candidate) }))
    .sort((a, b) => compare(a.place, b.place))
    .map(({ candidate }) => candidate);
}
