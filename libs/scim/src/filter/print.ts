import { type Attribute, leaf } from '../schema/attribute.js';
import type { Filter, FilterPath } from './ast.js';

/** Every resource has its type's name, so this is how SCIM says "true". */
const TRUE = 'meta.resourceType pr';

/**
 * The filter in canonical SCIM text: schema spelling, URNs before extension attributes, no more
 * parentheses than needed. Parsed and resolved again it is the same filter. For the filter of a
 * value path, `owner` is the attribute whose elements it tests.
 */
export function printFilter(filter: Filter, owner?: Attribute): string {
  switch (filter.kind) {
    case 'constant':
      return filter.value ? TRUE : `not (${TRUE})`;
    case 'not':
      return `not (${printFilter(filter.operand, owner)})`;
    case 'or':
      return filter.operands.map((operand) => printFilter(operand, owner)).join(' or ');
    case 'and':
      return filter.operands.map((operand) => printOperand(operand, owner)).join(' and ');
    case 'present':
      return `${printPath(filter.path, owner)} pr`;
    case 'compare': {
      const path = printPath(filter.path, owner);
      return `${path} ${filter.operator} ${JSON.stringify(filter.value)}`;
    }
    case 'valuePath':
      return `${filter.attribute.path}[${printFilter(filter.filter, filter.attribute)}]`;
  }
}

function printOperand(operand: Filter, owner: Attribute | undefined): string {
  const text = printFilter(operand, owner);
  return operand.kind === 'or' ? `(${text})` : text;
}

function printPath(path: FilterPath, owner: Attribute | undefined): string {
  if (!path.element) return leaf(path).path;
  return path.attribute === owner ? 'value' : path.attribute.name;
}
