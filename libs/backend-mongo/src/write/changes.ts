import {
  BackendError,
  newVersion,
  type RelationElement,
  type Stored,
  type WriteContext,
} from '#backend';
import { isArray, isObject, type Json, type Relation } from '#scim';

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
  const elements = new Map<string, RelationElement>();
  for (const element of isArray(value) ? value : []) {
    if (!isObject(element) || typeof element.value !== 'string') continue;
    const { value: id, type } = element;
    checkValue(relation, id);
    if (!elements.has(id)) {
      elements.set(id, typeof type === 'string' ? { value: id, type } : { value: id });
    }
  }
  return [...elements.values()];
}

function checkValue({ attribute }: Relation, value: string): void {
  if (value.length <= LONGEST && !/\0|\p{Surrogate}/u.test(value)) return;
  throw new BackendError(
    'unsupported',
    `${attribute.name}: an id has at most ${LONGEST} characters, whole ones, and no NUL.`,
    { path: attribute.name },
  );
}
