import type { Filter } from '../filter/ast.js';
import type { Json } from '../json.js';
import type { Attribute } from '../schema/attribute.js';

/** What a filter says about every element that matches it. */
export interface FilterTerms {
  /** Values that sub-attributes must have, by sub-attribute. */
  readonly values: ReadonlyMap<Attribute, Json>;
  /** True if the filter says nothing else, so that an element can be made from the values. */
  readonly complete: boolean;
}

/** Collects the `eq` terms that a filter joins by `and`. */
export function termsOf(filter: Filter): FilterTerms {
  const values = new Map<Attribute, Json>();
  return { complete: collect(filter, values), values };
}

function collect(filter: Filter, values: Map<Attribute, Json>): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.operands.map((operand) => collect(operand, values)).every(Boolean);
    case 'compare':
      return filter.operator === 'eq' && take(filter.path.attribute, filter.value, values);
    case 'not':
      // `primary eq false` arrives as the negation of `primary eq true`.
      return (
        filter.operand.kind === 'compare' &&
        filter.operand.operator === 'eq' &&
        filter.operand.value === true &&
        take(filter.operand.path.attribute, false, values)
      );
    case 'or':
    case 'present':
    case 'valuePath':
    case 'constant':
      return false;
  }
}

function take(attribute: Attribute, value: Json, values: Map<Attribute, Json>): boolean {
  values.set(attribute, value);
  return true;
}

/**
 * The values that a filter of a relation selects, for `value eq "a" or value eq "b"`.
 * @returns undefined for filters that only the elements themselves can answer
 */
export function selectedValues(filter: Filter, value: Attribute): readonly string[] | undefined {
  if (filter.kind === 'or') {
    const lists = filter.operands.map((operand) => selectedValues(operand, value));
    return lists.every((list) => list !== undefined) ? lists.flat() : undefined;
  }
  // Only an exact comparison tells the value from the filter alone.
  const exact = filter.kind === 'compare' && filter.operator === 'eq' && value.caseExact;
  return exact && filter.path.attribute === value ? [String(filter.value)] : undefined;
}
