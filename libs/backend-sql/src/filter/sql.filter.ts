import type { Filter, ValuePathFilter } from '#scim';
import { join, type Sql, sql } from '../connection/statement.js';
import type { Dialect } from '../dialect/dialect.js';
import type { TypeLayout } from '../schema/layout.js';
import { FALSE, TRUE } from './field.js';
import { exists, rootScope, type Scope } from './scope.js';

/**
 * A filter as a condition on the rows of a type, alias `t`. It is met by every match; by nothing
 * else where `exact` holds. Only an exact one is ever negated: the complement of a superset is a
 * subset (design law 1).
 */
export interface Condition {
  readonly sql: Sql;
  readonly exact: boolean;
}

/** @returns undefined when the database can narrow nothing down */
export function conditionOf(
  dialect: Dialect,
  layout: TypeLayout,
  filter: Filter,
): Condition | undefined {
  return compile(rootScope(dialect, layout), filter);
}

function compile(scope: Scope, filter: Filter): Condition | undefined {
  switch (filter.kind) {
    case 'constant':
      return { sql: filter.value ? TRUE : FALSE, exact: true };
    case 'and':
      return conjunction(filter.operands.map((operand) => compile(scope, operand)));
    case 'or':
      return disjunction(filter.operands.map((operand) => compile(scope, operand)));
    case 'not': {
      const operand = compile(scope, filter.operand);
      // `is not true` also where a comparison with no value is unknown.
      return operand?.exact ? { sql: sql`((${operand.sql}) is not true)`, exact: true } : undefined;
    }
    case 'compare':
      return exactly(scope.compare(filter));
    case 'present':
      return exactly(scope.present(filter));
    case 'valuePath':
      return element(scope, filter);
  }
}

/** One element that fulfils everything. */
function element(scope: Scope, { attribute, filter }: ValuePathFilter): Condition | undefined {
  const inner = scope.elements(attribute);
  if (inner === undefined) return undefined;
  const condition = compile(inner.scope, filter);
  if (condition === undefined) return undefined;
  const any = exists(inner, parenthesised(condition));
  const look = indexedElement(scope, attribute, filter);
  const found = look === undefined ? any : sql`(${look} and ${any})`;
  return { sql: found, exact: condition.exact };
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

function exactly(found: Sql | undefined): Condition | undefined {
  return found && { sql: found, exact: true };
}

/** What cannot be compiled narrows nothing down, but makes the whole a superset. */
function conjunction(operands: readonly (Condition | undefined)[]): Condition | undefined {
  const known = operands.filter((operand) => operand !== undefined);
  if (known.length === 0) return undefined;
  const exact = known.length === operands.length && known.every((operand) => operand.exact);
  return { sql: join(known.map(parenthesised), ' and '), exact };
}

/** One operand that cannot be compiled may be true of anything. */
function disjunction(operands: readonly (Condition | undefined)[]): Condition | undefined {
  const known = operands.filter((operand) => operand !== undefined);
  if (known.length < operands.length) return undefined;
  const exact = known.every((operand) => operand.exact);
  return { sql: sql`(${join(known.map(parenthesised), ' or ')})`, exact };
}

function parenthesised(condition: Condition): Sql {
  return sql`(${condition.sql})`;
}
