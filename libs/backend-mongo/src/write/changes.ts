import {
  BackendError,
  conflict,
  type RelationElement,
  type Stored,
  type WriteContext,
} from '#backend';
import { isArray, isObject, type Json, type Relation } from '#scim';
import { newVersion } from '../mongo.mapping.js';

/** Most characters of the id that an element holds. */
const LONGEST = 255;

/** @throws BackendError `conflict` when the version is not the one that the write was computed from */
export function checkVersion({ meta }: Stored, { ifVersion }: WriteContext): void {
  if (ifVersion !== undefined && meta.version !== ifVersion) throw conflict();
}

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

export function unknownTarget(
  { attribute, types }: Relation,
  ids: readonly string[],
): BackendError {
  const shown = ids.slice(0, 3).map((id) => JSON.stringify(id.slice(0, 100)));
  const more = ids.length > 3 ? ` and ${ids.length - 3} more` : '';
  return new BackendError(
    'unknown-target',
    `${attribute.name}: there is no ${types.join(' or ')} with the id ${shown.join(', ')}${more}.`,
    { path: attribute.name, ids },
  );
}
