import {
  type Attribute,
  type CompareFilter,
  combineFilters,
  type Filter,
  type FilterPath,
  negateFilter,
  type PresentFilter,
  type ValuePathFilter,
} from '#scim';

/** A part of a filter as a question to a store. */
export interface PushedPart<Q> {
  readonly query: Q;
  /** Whether it finds nothing but the matches. It finds all of them in any case. */
  readonly exact: boolean;
}

/** A filter as a question to a store, which finds every match. */
export interface PushedDown<Q> {
  readonly query: Q;
  /** What of the filter is left to be looked at; undefined where nothing but matches is found. */
  readonly residual: Filter | undefined;
}

/** How a store asks: the parts of filters in its own language. */
export interface FilterLanguage<Q> {
  readonly nothing: Q;
  /** Undefined where the store is better not asked at all. */
  readonly everything?: Q;
  /** What fulfils all of two or more questions; undefined where the store cannot be asked so. */
  and(queries: readonly Q[]): Q | undefined;
  /** What fulfils any of two or more questions; undefined where the store cannot be asked so. */
  or(queries: readonly Q[]): Q | undefined;
  /** What does not fulfil an exact question. */
  not?(query: Q): Q;
  /** Undefined, here and below, where the store can narrow nothing down. */
  compare(filter: CompareFilter): PushedPart<Q> | undefined;
  present(filter: PresentFilter): PushedPart<Q> | undefined;
  valuePath(filter: ValuePathFilter): PushedPart<Q> | undefined;
}

/**
 * The most of a filter that a store can be asked, and what is left to be looked at. Only what is
 * exact has an opposite: the complement of a superset is a subset (design law 1). So `not` is moved
 * inwards (De Morgan), where more is.
 * @returns undefined when the store can narrow nothing down
 */
export function pushDown<Q>(
  language: FilterLanguage<Q>,
  filter: Filter,
): PushedDown<Q> | undefined {
  return compile(language, filter, false);
}

function compile<Q>(
  language: FilterLanguage<Q>,
  filter: Filter,
  negated: boolean,
): PushedDown<Q> | undefined {
  switch (filter.kind) {
    case 'constant': {
      const query = filter.value === negated ? language.nothing : language.everything;
      return query === undefined ? undefined : { query, residual: undefined };
    }
    case 'not':
      return compile(language, filter.operand, !negated);
    case 'and':
    case 'or': {
      const parts = filter.operands.map((operand) => ({
        whole: negated ? negateFilter(operand) : operand,
        pushed: compile(language, operand, negated),
      }));
      return (filter.kind === 'and') === negated ? anyOf(language, parts) : allOf(language, parts);
    }
    default: {
      const question = ask(language, filter);
      if (question === undefined) return undefined;
      const { query, exact } = question;
      if (!negated) return { query, residual: exact ? undefined : filter };
      if (!exact || language.not === undefined) return undefined;
      return { query: language.not(query), residual: undefined };
    }
  }
}

function ask<Q>(
  language: FilterLanguage<Q>,
  filter: CompareFilter | PresentFilter | ValuePathFilter,
): PushedPart<Q> | undefined {
  switch (filter.kind) {
    case 'compare':
      return language.compare(filter);
    case 'present':
      return language.present(filter);
    case 'valuePath':
      return language.valuePath(filter);
  }
}

/** An operand of `and` or `or`, and what the store can be asked of it. */
interface Part<Q> {
  readonly whole: Filter;
  readonly pushed: PushedDown<Q> | undefined;
}

/** What cannot be asked narrows nothing down, but is left to be looked at. */
function allOf<Q>(
  language: FilterLanguage<Q>,
  parts: readonly Part<Q>[],
): PushedDown<Q> | undefined {
  const queries = parts.flatMap(({ pushed }) => (pushed === undefined ? [] : [pushed.query]));
  const query = queries.length > 1 ? language.and(queries) : queries[0];
  if (query === undefined) return undefined;
  const left = parts.flatMap(({ whole, pushed }) =>
    pushed === undefined ? [whole] : (pushed.residual ?? []),
  );
  return { query, residual: left.length === 0 ? undefined : combineFilters('and', left) };
}

/** One operand that cannot be asked may be true of anything. */
function anyOf<Q>(
  language: FilterLanguage<Q>,
  parts: readonly Part<Q>[],
): PushedDown<Q> | undefined {
  const queries = parts.flatMap(({ pushed }) => (pushed === undefined ? [] : [pushed.query]));
  if (queries.length < parts.length) return undefined;
  const query = queries.length > 1 ? language.or(queries) : queries[0];
  if (query === undefined) return undefined;
  const exact = parts.every(({ pushed }) => pushed?.residual === undefined);
  if (exact) return { query, residual: undefined };
  const wholes = parts.map(({ whole }) => whole);
  return { query, residual: combineFilters('or', wholes) };
}

/**
 * `attribute[…]` for stores that know which values a list has, but not which element has them: each
 * part is asked of the whole list, and may be fulfilled by another element.
 */
export function acrossElements<Q>(
  language: FilterLanguage<Q>,
  { attribute, filter }: ValuePathFilter,
): PushedPart<Q> | undefined {
  const inner: FilterLanguage<Q> = {
    nothing: language.nothing,
    ...(language.everything === undefined ? {} : { everything: language.everything }),
    and: (queries) => language.and(queries),
    or: (queries) => language.or(queries),
    compare: (one) => language.compare({ ...one, path: outerPath(attribute, one.path) }),
    present: (one) => language.present({ ...one, path: outerPath(attribute, one.path) }),
    valuePath: () => undefined,
  };
  const found = pushDown(inner, filter);
  return found && { query: found.query, exact: found.residual === undefined && isSingle(filter) };
}

function outerPath(attribute: Attribute, inner: FilterPath): FilterPath {
  const sub = inner.attribute === attribute ? undefined : inner.attribute;
  return { element: false, attribute, sub };
}

/** Whether a filter asks an element for no two things at once. */
function isSingle(filter: Filter): boolean {
  return filter.kind === 'or' ? filter.operands.every(isSingle) : filter.kind !== 'and';
}
