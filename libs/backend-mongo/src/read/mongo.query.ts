import type { Query } from '#backend';
import type { MongoQuery } from '../filter/condition.js';
import type { Found } from '../filter/scope.js';
import type { TypeLayout } from '../layout/layout.js';
import { WITHOUT_KEYS } from '../mongo.document.js';
import { type Condition, conditionOf, SERVED } from '../mongo.filter.js';
import { afterPosition, COMPUTED, type SortKey, sortKeyOf, sortOf } from './order.js';

/** A page that the database cuts by itself. */
export type Page =
  | {
      readonly kind: 'find';
      readonly query: MongoQuery;
      readonly sort: Readonly<Record<string, 1 | -1>>;
      readonly skip: number;
      readonly limit: number;
    }
  | { readonly kind: 'aggregate'; readonly pipeline: readonly MongoQuery[] };

/** A query in MongoDB's terms, as far as it can be one. */
export interface NativeQuery {
  readonly condition: Condition;
  /** Undefined when the database cannot cut it. */
  readonly page: Page | undefined;
}

export function nativeQuery(layout: TypeLayout, query: Query, found: Found): NativeQuery {
  const condition = conditionOf(layout, query.filter, found);
  const sort = sortKeyOf(layout, query);
  const page =
    condition.residual === undefined && sort !== 'unknown'
      ? pageOf(condition, sort, query)
      : undefined;
  return { condition, page };
}

function pageOf(
  { query }: Condition,
  sort: SortKey | undefined,
  { start, limit }: Pick<Query, 'start' | 'limit'>,
): Page {
  const later = 'after' in start ? afterPosition(sort, start.after) : undefined;
  const skip = 'offset' in start ? whole(start.offset) : 0;
  const order = sortOf(sort);
  if (sort?.computed === undefined) {
    return { kind: 'find', query: both(query, later), sort: order, skip, limit: whole(limit) };
  }
  return {
    kind: 'aggregate',
    pipeline: [
      { $match: query },
      { $set: { [COMPUTED]: sort.computed } },
      ...(later === undefined ? [] : [{ $match: later }]),
      { $sort: order },
      { $skip: skip },
      { $limit: whole(limit) },
      { $unset: [COMPUTED, ...Object.keys(WITHOUT_KEYS)] },
    ],
  };
}

/** Both conditions, as one flat object where they can be: planners know that best. */
function both(query: MongoQuery, later: MongoQuery | undefined): MongoQuery {
  if (later === undefined) return query;
  const twice = Object.keys(later).filter((name) => Object.hasOwn(query, name));
  // Whatever comes after something is served.
  const isServed = twice.every((name) => query[name] === SERVED[name]);
  return isServed ? { ...query, ...later } : { $and: [query, later] };
}

function whole(number: number): number {
  return Math.max(0, Math.trunc(number));
}
