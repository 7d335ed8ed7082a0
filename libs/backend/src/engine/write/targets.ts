import { attributeValue, type Relation, type ResourceType } from '#scim';
import { targetTypes } from '../../capabilities.js';
import type { RelationElement, ResourceStore, Stored, WriteContext } from '../../contract.js';
import { BackendError, listedIds, unknownTarget } from '../../errors.js';
import { stretches } from '../../kit/time-slice.js';
import type { Engine } from '../engine.js';

/** A resource that something refers to. */
export interface Target {
  /** Name of its resource type. */
  readonly type: string;
  readonly display: string | undefined;
}

/** Resources read at once where a store has no `displays` of its own. */
const AT_ONCE = 16;

/** The value of `ResourceType.display` of those ids that exist. */
export async function displaysOf(
  store: ResourceStore,
  type: ResourceType,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string | undefined>> {
  if (ids.length === 0) return new Map();
  if (store.displays !== undefined) return store.displays(ids);
  const found = new Map<string, string | undefined>();
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const some = ids.slice(start, start + AT_ONCE);
    for (const stored of await Promise.all(some.map((id) => store.get(id)))) {
      if (stored !== undefined) found.set(stored.id, displayOf(type, stored));
    }
  }
  return found;
}

/** What others show of this resource. */
export function displayOf(type: ResourceType, stored: Stored): string | undefined {
  const value = type.display === undefined ? undefined : attributeValue(stored, type.display);
  return typeof value === 'string' ? value : undefined;
}

/** Finds ids among resource types, in the order of the types; ids that do not exist are left out. */
export async function findTargets(
  engine: Engine,
  types: readonly string[],
  ids: readonly string[],
): Promise<ReadonlyMap<string, Target>> {
  const found = new Map<string, Target>();
  let open = [...new Set(ids)];
  for (const name of types) {
    const type = engine.type(name);
    for await (const some of stretches(open)) {
      const displays = await displaysOf(engine.store(type), type, some);
      for (const [id, display] of displays) found.set(id, { type: name, display });
    }
    open = open.filter((id) => !found.has(id));
  }
  return found;
}

/**
 * Checks elements that a write adds to a relation, as far as the store does not do so itself.
 * @returns the elements, with the type of their target where it was looked up
 * @throws BackendError `unknown-target` listing the ids that name no resource, if they must exist;
 *   `unsupported` for a resource of a type that the store's relation cannot hold
 */
export async function checkAdditions(
  engine: Engine,
  type: ResourceType,
  relation: Relation,
  elements: readonly RelationElement[],
  context: WriteContext,
): Promise<readonly RelationElement[]> {
  if (elements.length === 0 || engine.supports.targets) return elements;
  const mustExist = context.targets === 'exist';
  const allowed = targetTypes(engine.supports, type, relation);
  if (!mustExist && allowed.length === relation.types.length) return elements;
  const ids = elements.map((element) => element.value);
  const found = await findTargets(engine, relation.types, ids);
  const nested = ids.filter((id) => found.has(id) && !allowed.includes(found.get(id)?.type ?? ''));
  if (nested.length > 0) throw notNested(type, relation, nested);
  if (!mustExist) return elements;
  const unknown = ids.filter((id) => !found.has(id));
  if (unknown.length > 0) throw unknownTarget(relation, unknown);
  return elements.map((element) => {
    const type = found.get(element.value)?.type;
    return type === undefined ? element : { value: element.value, type };
  });
}

/** What every write demands of added elements: where nothing may dangle, that they exist. */
export function withDemands({ supports }: Engine, context: WriteContext): WriteContext {
  return supports.dangling ? context : { ...context, targets: 'exist' };
}

function notNested(type: ResourceType, relation: Relation, ids: readonly string[]): BackendError {
  const { name } = relation.attribute;
  const message = `${name}: this data store keeps no ${type.name} within a ${type.name}, which ${listedIds(ids)} would be.`;
  return new BackendError('unsupported', message, { path: name, ids });
}
