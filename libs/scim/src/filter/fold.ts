import type { Attribute } from '../schema/attribute.js';
import type { CompareFilter, ConstantFilter, Filter, FilterPath } from './ast.js';

/** Builders of filter nodes that keep the promises of the tree: frozen, flat, constants folded. */

const TRUE: ConstantFilter = Object.freeze({ kind: 'constant', value: true });
const FALSE: ConstantFilter = Object.freeze({ kind: 'constant', value: false });

export function constant(value: boolean): ConstantFilter {
  return value ? TRUE : FALSE;
}

/** All (`and`) or any (`or`) of the operands; none are true and false respectively. */
export function combine(kind: 'and' | 'or', operands: readonly Filter[]): Filter {
  const neutral = kind === 'and';
  const flat: Filter[] = [];
  for (const operand of operands) {
    if (operand.kind === kind) flat.push(...operand.operands);
    else if (operand.kind !== 'constant') flat.push(operand);
    else if (operand.value !== neutral) return operand;
  }
  const [first] = flat;
  if (first === undefined) return constant(neutral);
  if (flat.length === 1) return first;
  return Object.freeze({ kind, operands: Object.freeze(flat) });
}

/** Everything that `operand` is not. */
export function negate(operand: Filter): Filter {
  if (operand.kind === 'constant') return constant(!operand.value);
  if (operand.kind === 'not') return operand.operand;
  return Object.freeze({ kind: 'not', operand });
}

export function present(path: FilterPath): Filter {
  return Object.freeze({ kind: 'present', path });
}

export function compare(
  path: FilterPath,
  operator: CompareFilter['operator'],
  value: CompareFilter['value'],
): Filter {
  return Object.freeze({ kind: 'compare', path, operator, value });
}

/** One element fulfils `filter`; where every or no element does, presence or nothing is left. */
export function valuePath(attribute: Attribute, filter: Filter): Filter {
  if (filter.kind !== 'constant') return Object.freeze({ kind: 'valuePath', attribute, filter });
  return filter.value ? present(filterPath(false, attribute)) : filter;
}

export function filterPath(element: boolean, attribute: Attribute, sub?: Attribute): FilterPath {
  return Object.freeze({ element, attribute, sub });
}
