import { type FilterLanguage, type PushedPart, pushDown } from '#backend';
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

/** A filter as a query of the collection of a type, and what is left to be looked at. */
export interface Condition {
  readonly query: MongoQuery;
  readonly residual: Filter | undefined;
}

/** Only documents that were taken over are served. */
export const SERVED: MongoQuery = { '_scim.order': { $gte: '' } };

/** @param found what was looked up for the parts that ask about relations, see `lookUp` */
export function conditionOf(
  layout: TypeLayout,
  filter: Filter | undefined,
  found: Found,
): Condition {
  const pushed = filter && pushDown(languageOf(new Root(layout, found)), filter);
  const node = pushed?.query ?? TRUE;
  const query = queryOf(node);
  return {
    query: impliesServed(node) ? query : { ...SERVED, ...query },
    residual: pushed === undefined ? filter : pushed.residual,
  };
}

function languageOf(scope: Scope): FilterLanguage<Node> {
  return {
    nothing: FALSE,
    everything: TRUE,
    and,
    or,
    not: negate,
    compare: (filter) => exactly(scope.compare(filter)),
    present: (filter) => exactly(scope.present(filter)),
    valuePath: (filter) => element(scope, filter),
  };
}

/** One element that fulfils everything. */
function element(scope: Scope, valuePath: ValuePathFilter): PushedPart<Node> | undefined {
  const { attribute, filter } = valuePath;
  const looked = scope.lookedUp(valuePath);
  if (looked !== undefined) return { query: looked.node, exact: looked.exact };
  const list = scope.list(attribute);
  const inner = pushDown(languageOf(new Element(attribute)), filter);
  if (list === undefined || inner === undefined) return undefined;
  const node = elementTests(list, inner.query);
  if (node === undefined) return undefined;
  const query = and([...equalities(list, inner.query), node]);
  return { query, exact: inner.residual === undefined };
}

/** What all elements in question equal, told by itself: not every planner looks into `$elemMatch`. */
function equalities(list: string, inner: Node): readonly Node[] {
  const tests = inner.kind === 'and' ? inner.nodes : [inner];
  const equal = tests.find((one) => one.kind === 'test' && '$eq' in one.is);
  return equal?.kind === 'test' ? [test(`${list}.${equal.field}`, equal.is)] : [];
}

function exactly(query: Node | undefined): PushedPart<Node> | undefined {
  return query && { query, exact: true };
}
