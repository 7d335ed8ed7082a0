import {
  BackendError,
  keptElements,
  newVersion,
  type RelationElement,
  type Stored,
  type WriteContext,
} from '#backend';
import type { Json, Relation } from '#scim';

/** Most characters of the id that an element holds. */
const LONGEST = 255;

/** The resource as it is after something around it changed. */
export function touched(stored: Stored, { now }: WriteContext): Stored {
  return { ...stored, meta: { ...stored.meta, lastModified: now, version: newVersion() } };
}

/**
 * The elements of a relation in a draft, each value once.
 * @throws BackendError `unsupported` for a value that the database cannot hold
 */
export function elementsOf(
  relation: Relation,
  value: Json | undefined,
): readonly RelationElement[] {
  const elements = keptElements(value);
  for (const element of elements) checkValue(relation, element.value);
  return elements;
}

function checkValue({ attribute }: Relation, value: string): void {
  if (value.length <= LONGEST && !/\0|\p{Surrogate}/u.test(value)) return;
  throw new BackendError(
    'unsupported',
    `${attribute.name}: an id has at most ${LONGEST} characters, whole ones, and no NUL.`,
    { path: attribute.name },
  );
}
