import type { Json, JsonArray } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import type { Schema } from '../schema/resource-type.js';
import type { Lookup } from './lookup.js';

/** What a PATCH does to a resource, step by step: paths found, values checked and in kept form. */
export type PatchStep =
  | AssignStep
  | ClearStep
  | MergeStep
  | AppendStep
  | DiscardStep
  | EditStep
  | DropExtensionStep;

/** Gives a singular simple attribute, or a multi-valued one as a whole, this value. */
export interface AssignStep {
  readonly kind: 'assign';
  readonly attribute: Attribute;
  readonly value: Json;
}

/** Unassigns an attribute. */
export interface ClearStep {
  readonly kind: 'clear';
  readonly attribute: Attribute;
}

/** Changes sub-attributes of a singular complex attribute and leaves the others. */
export interface MergeStep {
  readonly kind: 'merge';
  readonly attribute: Attribute;
  readonly parts: readonly Part[];
}

/** Adds elements to a multi-valued attribute, those it has already excepted. */
export interface AppendStep {
  readonly kind: 'append';
  readonly attribute: Attribute;
  readonly elements: JsonArray;
}

/** Takes elements out of a multi-valued attribute. */
export interface DiscardStep {
  readonly kind: 'discard';
  readonly attribute: Attribute;
  readonly matches: (element: Json) => boolean;
  /** Elements that hold none of these need no look; undefined: every one does. */
  readonly lookups: readonly Lookup[] | undefined;
  /** Of a relation: the `value`s that are taken out, where that is all there is to know. */
  readonly values: readonly string[] | undefined;
}

/** Changes elements of a multi-valued attribute where they stand. */
export interface EditStep {
  readonly kind: 'edit';
  readonly attribute: Attribute;
  /** Undefined: every element. */
  readonly matches: ((element: Json) => boolean) | undefined;
  /** Elements that hold none of these need no look; undefined: every one does. */
  readonly lookups: readonly Lookup[] | undefined;
  readonly change: ElementChange;
  readonly missing: WhenMissing;
}

/** Takes away all attributes of an extension, and with them its URN in `schemas`. */
export interface DropExtensionStep {
  readonly kind: 'dropExtension';
  readonly schema: Schema;
}

export type ElementChange =
  | { readonly kind: 'parts'; readonly parts: readonly Part[] }
  | { readonly kind: 'replace'; readonly value: Json };

/** What an edit does when no element matches; `create` holds the element to add instead. */
export type WhenMissing =
  | { readonly kind: 'ignore' }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'create'; readonly element: Json };

/** A new value for a sub-attribute; undefined unassigns it. */
export interface Part {
  readonly sub: Attribute;
  readonly value: Json | undefined;
  /** Add the values to those of a multi-valued sub-attribute instead of replacing them. */
  readonly append: boolean;
}

/** Canonical paths of the top-level attributes that a step reads or writes. */
export function touchedBy(step: PatchStep): readonly string[] {
  return step.kind === 'dropExtension'
    ? step.schema.attributes.map((attribute) => attribute.path)
    : [step.attribute.path];
}
