import type { Filter, ValuePathFilter } from '#scim';
import {
  and,
  elementTests,
  FALSE,
  impliesServed,
  type MongoQuery,
  type Node,
  negate,
  or,
  queryOf,
  TRUE,
  test,
} from './filter/condition.js';
import { Element, type Found, Root, type Scope } from './filter/scope.js';
import type { TypeLayout } from './layout/layout.js';

/**
 * A filter as a query of the collection of a type. Every match fulfils it; nothing else does where
 * `exact` holds.
 */
export interface Condition {
  readonly query: MongoQuery;
  readonly exact: boolean;
}

/** Only documents that were taken over are served. */
export const SERVED: MongoQuery = { '_scim.order': { $gte: '' } };

/** @param found what was looked up for the parts that ask about relations, see `lookUp` */
export function conditionOf(
  layout: TypeLayout,
  filter: Filter | undefined,
  found: Found,
): Condition {
  const compiled = filter && compile(new Root(layout, found), filter, false);
  const node = compiled?.node ?? TRUE;
  const query = queryOf(node);
  return {
    query: impliesServed(node) ? query : { ...SERVED, ...query },
    exact: filter === undefined || compiled?.exact === true,
  };
}

interface Compiled {
  readonly node: Node;
  readonly exact: boolean;
}

/**
 * @param negated whether the opposite is wanted: only what is exact has one
 * @returns undefined when the database can narrow nothing down
 */
function compile(scope: Scope, filter: Filter, negated: boolean): Compiled | undefined {
  switch (filter.kind) {
    case 'constant':
      return { node: filter.value === negated ? FALSE : TRUE, exact: true };
    case 'not':
      return compile(scope, filter.operand, !negated);
    case 'and':
    case 'or': {
      const operands = filter.operands.map((operand) => compile(scope, operand, negated));
      return (filter.kind === 'and') === negated ? disjunction(operands) : conjunction(operands);
    }
    case 'compare':
      return exactly(scope.compare(filter), negated);
    case 'present':
      return exactly(scope.present(filter), negated);
    case 'valuePath':
      return element(scope, filter, negated);
  }
}

/** One element that fulfils everything. */
function element(scope: Scope, valuePath: ValuePathFilter, negated: boolean): Compiled | undefined {
  const { attribute, filter } = valuePath;
  const looked = scope.lookedUp(valuePath);
  if (looked !== undefined) {
    if (!negated) return looked;
    return looked.exact ? { node: negate(looked.node), exact: true } : undefined;
  }
  const list = scope.list(attribute);
  const inner = compile(new Element(attribute), filter, false);
  if (list === undefined || inner === undefined) return undefined;
  const node = elementTests(list, inner.node);
  if (node === undefined) return undefined;
  if (negated) return inner.exact ? { node: negate(node), exact: true } : undefined;
  return { node: and([...equalities(list, inner.node), node]), exact: inner.exact };
}

/** What all elements in question equal, told by itself: not every planner looks into `$elemMatch`. */
function equalities(list: string, inner: Node): readonly Node[] {
  const tests = inner.kind === 'and' ? inner.nodes : [inner];
  const equal = tests.find((one) => one.kind === 'test' && '$eq' in one.is);
  return equal?.kind === 'test' ? [test(`${list}.${equal.field}`, equal.is)] : [];
}

function exactly(node: Node | undefined, negated: boolean): Compiled | undefined {
  return node && { node: negated ? negate(node) : node, exact: true };
}

/** What cannot be compiled narrows nothing down, but makes the whole a superset. */
function conjunction(operands: readonly (Compiled | undefined)[]): Compiled | undefined {
  const known = operands.filter((operand) => operand !== undefined);
  if (known.length === 0) return undefined;
  const exact = known.length === operands.length && known.every((operand) => operand.exact);
  return { node: and(known.map(({ node }) => node)), exact };
}

/** One operand that cannot be compiled may be true of anything. */
function disjunction(operands: readonly (Compiled | undefined)[]): Compiled | undefined {
  const known = operands.filter((operand) => operand !== undefined);
  if (known.length < operands.length) return undefined;
  return { node: or(known.map(({ node }) => node)), exact: known.every(({ exact }) => exact) };
}
