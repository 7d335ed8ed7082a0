import { type Attribute, dropReference, type ResourceType } from '#scim';
import type { Changed, Deletion, WriteContext } from '../../contract.js';
import { conflict } from '../../errors.js';
import { namingAttributes } from '../../kit/naming.js';
import type { Engine } from '../engine.js';
import { holds } from '../read/inverses.js';
import { eachPage } from '../read/query.js';
import { changeRelations } from './delta.js';
import { putResource, type WriteResult } from './put.js';
import { retryOnConflict } from './retry.js';

/** Holders of a resource that are read at once. */
const PAGE = 500;

/**
 * Deletes a resource and takes it out of the relations and references of all others.
 * Where the store does not cascade, the others are cleaned first, so that a DELETE that broke off
 * can be repeated, and once more afterwards, for those that took it up meanwhile.
 * @returns undefined when there is no such resource
 * @throws BackendError `conflict` when `ifVersion` is not the stored version
 */
export async function deleteResource(
  engine: Engine,
  type: ResourceType,
  id: string,
  context: WriteContext,
): Promise<Required<Deletion> | undefined> {
  const store = engine.store(type);
  if (engine.supports.cascade) {
    const deletion = await store.delete(id, context);
    return deletion && { deleted: deletion.deleted, changed: deletion.changed ?? [] };
  }
  const current = await store.get(id);
  if (current === undefined) return undefined;
  // What was begun is finished: a holder that let go of a resource that stays would be wrong.
  context.signal?.throwIfAborted();
  const { ifVersion, signal: _, ...free } = context;
  if (ifVersion !== undefined && current.meta.version !== ifVersion) throw conflict();
  const changed = new Map<string, Changed>();
  await cleanOthers(engine, type, id, free, changed);
  const guard = ifVersion === undefined ? {} : { ifVersion };
  const deletion = await store.delete(id, { ...free, ...guard });
  await cleanOthers(engine, type, id, free, changed);
  // Another DELETE was faster, but some of the others were cleaned by this one: they are announced.
  if (deletion === undefined && changed.size === 0) return undefined;
  return { deleted: deletion?.deleted ?? current, changed: [...changed.values()] };
}

/** Takes `id` out of everything that names it, and notes what changed. */
async function cleanOthers(
  engine: Engine,
  target: ResourceType,
  id: string,
  context: WriteContext,
  changed: Map<string, Changed>,
): Promise<void> {
  for (const { type, attribute, clean } of namings(engine, target, id, context)) {
    const filter = holds(attribute, id);
    for await (const page of eachPage(engine, type, { filter, limit: PAGE })) {
      for (const holder of page) {
        if (type === target && holder.id === id) continue;
        const result = await clean(holder.id);
        if (result?.changed !== true) continue;
        changed.set(`${type.name}/${holder.id}`, { type, stored: result.stored });
      }
    }
  }
}

/** One attribute through which a resource may be named by others, and how to end that. */
interface Naming {
  readonly type: ResourceType;
  readonly attribute: Attribute;
  readonly clean: (holder: string) => Promise<WriteResult | undefined>;
}

function namings(
  engine: Engine,
  target: ResourceType,
  id: string,
  context: WriteContext,
): readonly Naming[] {
  return engine.types.flatMap((type) => {
    const { relations, references } = namingAttributes(type, target);
    return [
      ...relations.map((attribute) => ({
        type,
        attribute,
        clean: (holder: string) =>
          changeRelations(
            engine,
            type,
            holder,
            [{ relation: attribute.name, add: [], remove: [id] }],
            context,
          ),
      })),
      ...references.map((attribute) => ({
        type,
        attribute,
        clean: (holder: string) => dropFrom(engine, type, holder, id, context),
      })),
    ];
  });
}

function dropFrom(
  engine: Engine,
  type: ResourceType,
  holder: string,
  id: string,
  context: WriteContext,
): Promise<WriteResult | undefined> {
  return retryOnConflict(async () => {
    const current = await engine.store(type).get(holder);
    if (current === undefined) return undefined;
    const keep = type.relations.map(({ attribute }) => attribute.name);
    const without = dropReference(current, type, id);
    if (without === undefined) return undefined;
    const draft = { ...without, meta: { ...current.meta, lastModified: context.now } };
    const write = { ...context, ifVersion: current.meta.version, keep };
    return putResource(engine, type, draft, write, current);
  });
}
