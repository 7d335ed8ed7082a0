import {
  equalJson,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type MutableJsonObject,
  type ResourceType,
} from '#scim';
import type { Draft, RelationElement, Stored, WriteContext } from '../contract.js';

/** The elements of a relation or computed attribute; what is no element is passed over. */
export function elementsOf(value: Json | undefined): readonly RelationElement[] {
  if (!isArray(value)) return [];
  return value.filter(
    (element): element is RelationElement => isObject(element) && typeof element.value === 'string',
  );
}

/** What is kept of an element: `display` belongs to the target and is looked up when it is read. */
export function keptElement({ value, type }: RelationElement): RelationElement {
  return typeof type === 'string' ? { value, type } : { value };
}

/** The elements as they are kept, each value once. */
export function keptElements(value: Json | undefined): readonly RelationElement[] {
  const byValue = new Map<string, RelationElement>();
  for (const element of elementsOf(value)) {
    if (!byValue.has(element.value)) byValue.set(element.value, keptElement(element));
  }
  return [...byValue.values()];
}

/** Sets an attribute that is absent when it has no elements. */
export function withElements<T extends JsonObject>(
  resource: T,
  name: string,
  elements: readonly JsonObject[],
): T {
  const copy: MutableJsonObject = { ...resource };
  if (elements.length > 0) copy[name] = elements;
  else delete copy[name];
  return copy as T;
}

/** Names of the relations and computed attributes of a type: what is read only when asked for. */
export function expandable(type: ResourceType): readonly string[] {
  return [...type.relations, ...type.inverses].map(({ attribute }) => attribute.name);
}

/** The resource without those relations and computed attributes that are not among `names`. */
export function withOnly<T extends JsonObject>(
  type: ResourceType,
  resource: T,
  names: readonly string[],
): T {
  const surplus = expandable(type).filter((name) => name in resource && !names.includes(name));
  if (surplus.length === 0) return resource;
  const copy: MutableJsonObject = { ...resource };
  for (const name of surplus) delete copy[name];
  return copy as T;
}

/** The draft as stores get it: no computed attribute, no kept relation, elements without display. */
export function normaliseDraft(type: ResourceType, draft: Draft, keep: readonly string[]): Draft {
  const carried = carriedRelations(type, keep);
  return carried.reduce(
    (result, name) =>
      name in result ? withElements(result, name, keptElements(result[name])) : result,
    withOnly(type, draft, carried),
  );
}

/** Names of the relations that a write with this `keep` states in full. */
export function carriedRelations(
  type: ResourceType,
  keep: readonly string[] = [],
): readonly string[] {
  return type.relations
    .map(({ attribute }) => attribute.name)
    .filter((name) => !keep.includes(name));
}

/**
 * Whether writing `draft` over `current` would change anything (design law 7). `meta` does not
 * count, neither does the order of `schemas` or of relation elements; `relations` names those that
 * count.
 */
export function sameContent(
  type: ResourceType,
  draft: JsonObject,
  current: JsonObject,
  relations: readonly string[],
): boolean {
  const skipped = { meta: undefined, schemas: undefined };
  return (
    equalJson(
      { ...withOnly(type, draft, []), ...skipped },
      { ...withOnly(type, current, []), ...skipped },
    ) &&
    sameSet(strings(draft.schemas), strings(current.schemas)) &&
    relations.every((name) => sameSet(values(draft[name]), values(current[name])))
  );
}

/** Names of the relations of which a write says what they become from what they were. */
export function computedRelations(
  type: ResourceType,
  { keep, restated = [] }: WriteContext,
): readonly string[] {
  return carriedRelations(type, keep).filter((name) => !restated.includes(name));
}

/** Whether a resource, read without relations, is still what a draft was computed from. */
export function isCurrent(type: ResourceType, stored: Stored, context: WriteContext): boolean {
  const { ifVersion, computedFrom } = context;
  if (stored.meta.version === ifVersion) return true;
  if (computedFrom === undefined || computedRelations(type, context).length > 0) return false;
  return sameContent(type, computedFrom, stored, []);
}

function strings(value: Json | undefined): readonly string[] {
  return isArray(value) ? value.map(String) : [];
}

function values(value: Json | undefined): readonly string[] {
  return elementsOf(value).map((element) => element.value);
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const left = new Set(a);
  const right = new Set(b);
  return left.size === right.size && a.every((item) => right.has(item));
}
