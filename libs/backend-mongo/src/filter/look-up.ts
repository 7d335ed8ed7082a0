import { pieces } from '#backend';
import { type Attribute, type CompareFilter, type Filter, leaf } from '#scim';
import type { Database } from '../connection/database.js';
import type { InverseLayout, RelationLayout, TypeLayout } from '../layout/layout.js';
import { type Elements } from '../read/elements.js';
import { keyOf } from './keys.js';
import type { Found } from './scope.js';

/** Most ids that a query names; whoever holds more is left to the engine. */
const MOST_IDS = 50_000;

/**
 * Looks up what a filter asks about relations and computed attributes, `members.value eq "x"`: the
 * ids of those that fulfil it, by the filter's part.
 */
export async function lookUp(
  database: Database,
  elements: Elements,
  layout: TypeLayout,
  filter: Filter | undefined,
): Promise<Found> {
  const found = new Map<Filter, readonly string[]>();
  for (const { part, attribute } of filter === undefined ? [] : equalities(filter)) {
    const value = keyOf(leaf(part.path).matching, part.value);
    const relation = layout.relations.find((one) => one.relation.attribute === attribute);
    const inverse = layout.inverses().find((one) => one.inverse.attribute === attribute);
    if (typeof value !== 'string') continue;
    if (relation !== undefined) {
      const ids = await elements.holdersOf(layout, relation, value, MOST_IDS);
      if (ids !== undefined) found.set(part, ids);
    } else if (inverse !== undefined) {
      const ids = await heldBy(database, elements, layout, inverse, value);
      if (ids !== undefined) found.set(part, ids);
    }
  }
  return found;
}

/** The equalities of a filter with the `value` of something, and the attribute it belongs to. */
function equalities(
  filter: Filter,
  owner?: Attribute,
): readonly { readonly part: CompareFilter; readonly attribute: Attribute }[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.flatMap((operand) => equalities(operand, owner));
    case 'not':
      return owner === undefined ? equalities(filter.operand) : [];
    case 'valuePath':
      return equalities(filter.filter, filter.attribute);
    case 'compare': {
      const attribute = owner ?? filter.path.attribute;
      const sub = owner === undefined ? filter.path.sub : filter.path.attribute;
      const isId = sub === attribute.subByName.get('value') && sub?.matching === 'caseExact';
      return isId && filter.operator === 'eq' ? [{ part: filter, attribute }] : [];
    }
    default:
      return [];
  }
}

/** The resources of a type that are elements of one holder. */
async function heldBy(
  database: Database,
  elements: Elements,
  layout: TypeLayout,
  { holder, relation, before }: InverseLayout,
  id: string,
): Promise<readonly string[] | undefined> {
  const values = await elements.valuesOf(holder, relation as RelationLayout, id, MOST_IDS);
  if (values === undefined) return undefined;
  const here = await existing(database, layout, values);
  let open = values.filter((value) => here.has(value));
  for (const first of before) {
    const there = await existing(database, first, open);
    open = open.filter((value) => !there.has(value));
  }
  return open;
}

async function existing(
  database: Database,
  { collection }: TypeLayout,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const piece of pieces(ids)) {
    const documents = await database.run(() =>
      database
        .collection<{ _id: string }>(collection)
        .find(
          { _id: { $in: [...piece] }, '_scim.created': { $gte: '' } },
          { projection: { _id: 1 }, ...database.options() },
        )
        .toArray(),
    );
    for (const { _id } of documents) found.add(_id);
  }
  return found;
}
