import type { Json, JsonObject } from '../json.js';

/** A reference to another resource, as relations keep it. */
export interface RelationElement extends JsonObject {
  readonly value: string;
  /** Name of the target's resource type; absent when the target is unknown. */
  readonly type?: string;
}

/** Elements to add to and remove from one relation of a resource. No value is in both. */
export interface RelationDelta {
  /** Name of the relation's attribute, e.g. `members`. */
  readonly relation: string;
  readonly add: readonly RelationElement[];
  /** `value`s; one that is not there is no error. */
  readonly remove: readonly string[];
}

/** Adds `elements` to a relation, or takes those with these values out of it. */
export type RelationChange =
  | { readonly kind: 'add'; readonly elements: readonly RelationElement[] }
  | { readonly kind: 'remove'; readonly values: readonly string[] };

/**
 * The net effect of changes made one after the other: the last word on each value counts.
 * @returns undefined where nothing is added or removed
 */
export function foldChanges(
  relation: string,
  changes: readonly RelationChange[],
): RelationDelta | undefined {
  const last = new Map<string, RelationElement | undefined>();
  for (const change of changes) {
    if (change.kind === 'remove') {
      for (const value of change.values) last.set(value, undefined);
      continue;
    }
    for (const element of change.elements) {
      // What is there already stays as it is (RFC 7644 §3.5.2.1).
      if (last.get(element.value) === undefined) last.set(element.value, element);
    }
  }
  if (last.size === 0) return undefined;
  const entries = [...last];
  return Object.freeze({
    relation,
    add: entries.flatMap(([, element]) => element ?? []),
    remove: entries.flatMap(([value, element]) => (element === undefined ? value : [])),
  });
}

export function isRelationElement(value: Json): value is RelationElement {
  return (
    typeof value === 'object' &&
    value !== null &&
    'value' in value &&
    typeof value.value === 'string'
  );
}
