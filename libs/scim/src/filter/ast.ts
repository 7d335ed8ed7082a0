import type { Attribute } from '../schema/attribute.js';
import type { CompareOperator } from './syntax.js';

/**
 * A filter bound to a resource type: every path is an attribute of the schema, every literal has
 * the attribute's type, every leniency is resolved. Backends translate these nodes; there are no
 * others. Nodes are frozen.
 */
export type Filter =
  | LogicalFilter
  | NotFilter
  | CompareFilter
  | PresentFilter
  | ValuePathFilter
  | ConstantFilter;

export interface LogicalFilter {
  readonly kind: 'and' | 'or';
  /** Two or more; nested nodes of the same kind are flattened. */
  readonly operands: readonly Filter[];
}

export interface NotFilter {
  readonly kind: 'not';
  readonly operand: Filter;
}

/**
 * True if any value at the path satisfies the comparison. `ne` is also true where nothing is
 * assigned, and of a multi-valued attribute for any element without the sub-attribute: apart from
 * no elements at all, `a.x ne "y"` is `a[x ne "y"]`. `value` is as the client wrote it (JSON-decoded, converted to the attribute's type);
 * compare it by `comparable(leaf.matching, value)`.
 */
export interface CompareFilter {
  readonly kind: 'compare';
  readonly path: FilterPath;
  readonly operator: CompareOperator;
  readonly value: string | number | boolean;
}

/** True if anything non-empty is assigned; `attr eq null` arrives as `not present`. */
export interface PresentFilter {
  readonly kind: 'present';
  readonly path: FilterPath;
}

/** True if one element of the multi-valued `path.attribute` satisfies `filter` as a whole. */
export interface ValuePathFilter {
  readonly kind: 'valuePath';
  readonly attribute: Attribute;
  /** Paths in here have `element: true`: they start at the element, not at the resource. */
  readonly filter: Filter;
}

/** What is true or false of every resource of the type, e.g. an attribute the type does not have. */
export interface ConstantFilter {
  readonly kind: 'constant';
  readonly value: boolean;
}

/**
 * `attribute[.sub]` from the resource; inside a value path (`element: true`) `attribute` is a
 * sub-attribute of the element, or the multi-valued simple attribute itself for
 * `labels[value eq "x"]`. A complex leaf never occurs under `compare`: it was resolved to `.value`.
 */
export interface FilterPath {
  readonly element: boolean;
  readonly attribute: Attribute;
  readonly sub: Attribute | undefined;
}
