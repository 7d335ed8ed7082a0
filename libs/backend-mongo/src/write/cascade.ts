import type { Stored, WriteContext } from '#backend';
import { dropReference, leaf, samePath, sortedPart } from '#scim';
import type { Database } from '../connection/database.js';
import { keyOf } from '../filter/keys.js';
import type { Layout, RelationLayout, TypeLayout } from '../layout/layout.js';
import { holds, type ResourceDocument } from '../mongo.document.js';
import { touched } from './changes.js';
import type { Held, Step } from './step.js';

/** A resource that names one that is being deleted, and what becomes of it. */
export interface Naming {
  readonly layout: TypeLayout;
  readonly held: Held;
  readonly stored: Stored;
  /** The relations that hold it. */
  readonly relations: readonly RelationLayout[];
}

/** Everything but itself that names a resource, in relations and in references. */
export async function namings(
  step: Step,
  database: Database,
  { types }: Layout,
  target: TypeLayout,
  id: string,
  context: WriteContext,
): Promise<readonly Naming[]> {
  const found = new Map<string, Naming>();
  const note = (layout: TypeLayout, held: Held, change: (naming: Naming) => Naming) => {
    const key = `${layout.type.name}/${held.stored.id}`;
    if (layout === target && held.stored.id === id) return;
    const stored = touched(held.stored, context);
    found.set(key, change(found.get(key) ?? { layout, held, stored, relations: [] }));
  };
  for (const layout of types) {
    for (const relation of layout.relations) {
      if (!relation.relation.types.includes(target.type.name)) continue;
      for (const held of await holders(step, layout, relation, id)) {
        note(layout, held, (one) => ({ ...one, relations: [...one.relations, relation] }));
      }
    }
    for (const held of await referrers(step, database, layout, target, id)) {
      note(layout, held, (one) => {
        const left = dropReference(one.stored, layout.type, id);
        return left === undefined ? one : { ...one, stored: { ...left, meta: one.stored.meta } };
      });
    }
  }
  return [...found.values()];
}

async function holders(
  step: Step,
  layout: TypeLayout,
  relation: RelationLayout,
  id: string,
): Promise<readonly Held[]> {
  const rows = new Map((await step.of(relation, id)).map((row) => [row.id, row]));
  const found = await step.find(layout, [...rows.keys()]);
  return found.filter(({ document }) => {
    const row = rows.get(document._id);
    return row !== undefined && holds(document._scim, row);
  });
}

/** The resources that refer to this one by an attribute of their own. */
async function referrers(
  step: Step,
  database: Database,
  layout: TypeLayout,
  target: TypeLayout,
  id: string,
): Promise<readonly Held[]> {
  const ids = new Set<string>();
  for (const attribute of layout.type.references) {
    if (!attribute.subByName.get('$ref')?.referenceTypes.includes(target.type.name)) continue;
    const path = { attribute, sub: attribute.subByName.get('value') };
    const key = keyOf(leaf(path).matching, id);
    if (key === undefined) continue;
    const single = layout.keys.find((one) => samePath(one.path, path));
    const list = layout.lists.find((one) => samePath(one.path, path));
    const query =
      single !== undefined
        ? { [`_scim.o.${single.name}`]: sortedPart(key) }
        : { [`_scim.s.${list?.list}.${list?.member}`]: key };
    const documents = await database
      .collection<ResourceDocument>(layout.collection)
      .find(query, { projection: { _id: 1 }, ...database.options(step.session) })
      .toArray();
    for (const { _id } of documents) ids.add(_id);
  }
  return step.find(layout, [...ids]);
}
