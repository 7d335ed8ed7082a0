import { type FilterLanguage, type PushedDown, type PushedPart, pushDown } from '#backend';
import type { Filter, ValuePathFilter } from '#scim';
import { join, type Sql, sql } from '../connection/statement.js';
import type { Dialect } from '../dialect/dialect.js';
import type { TypeLayout } from '../schema/layout.js';
import { FALSE, TRUE } from './field.js';
import { exists, rootScope, type Scope } from './scope.js';

/** A filter as a condition on the rows of a type, alias `t`. */
export type Condition = PushedDown<Sql>;

/** @returns undefined when the database can narrow nothing down */
export function conditionOf(
  dialect: Dialect,
  layout: TypeLayout,
  filter: Filter,
): Condition | undefined {
  return pushDown(languageOf(rootScope(dialect, layout)), filter);
}

function languageOf(scope: Scope): FilterLanguage<Sql> {
  return {
    nothing: FALSE,
    everything: TRUE,
    and: (queries) => join(queries.map(parenthesised), ' and '),
    or: (queries) => sql`(${join(queries.map(parenthesised), ' or ')})`,
    // `is not true` also where a comparison with no value is unknown.
    not: (query) => sql`((${query}) is not true)`,
    compare: (filter) => exactly(scope.compare(filter)),
    present: (filter) => exactly(scope.present(filter)),
    valuePath: (filter) => element(scope, filter),
  };
}

/** One element that fulfils everything. */
function element(
  scope: Scope,
  { attribute, filter }: ValuePathFilter,
): PushedPart<Sql> | undefined {
  const inner = scope.elements(attribute);
  if (inner === undefined) return undefined;
  const condition = pushDown(languageOf(inner.scope), filter);
  if (condition === undefined) return undefined;
  const any = exists(inner, parenthesised(condition.query));
  const look = indexedElement(scope, attribute, filter);
  const query = look === undefined ? any : sql`(${look} and ${any})`;
  return { query, exact: condition.residual === undefined };
}

/** What an index knows of elements that fulfil the filter: a value that all of them have. */
function indexedElement(
  scope: Scope,
  attribute: ValuePathFilter['attribute'],
  filter: Filter,
): Sql | undefined {
  const operands = filter.kind === 'and' ? filter.operands : [filter];
  for (const operand of operands) {
    const found = operand.kind === 'compare' ? scope.indexedElement(attribute, operand) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function exactly(query: Sql | undefined): PushedPart<Sql> | undefined {
  return query && { query, exact: true };
}

function parenthesised(query: Sql): Sql {
  return sql`(${query})`;
}
