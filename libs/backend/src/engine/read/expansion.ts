import type { Inverse, ResourceType } from '#scim';
import type { RelationElement, Stored } from '../../contract.js';
import { TimeSlice } from '../../kit/time-slice.js';
import { elementsOf, withElements } from '../content.js';
import type { Engine } from '../engine.js';
import { findTargets } from '../write/targets.js';
import { computeInverse, type InverseElements, inverseElement } from './inverses.js';

/** The names that the store itself fills in: relations always, computed attributes where it can. */
export function storeExpand(
  engine: Engine,
  type: ResourceType,
  names: Iterable<string>,
): readonly string[] {
  const known = new Set([
    ...type.relations.map(({ attribute }) => attribute.name),
    ...(engine.supports.inverses ? type.inverses.map(({ attribute }) => attribute.name) : []),
  ]);
  return [...new Set(names)].filter((name) => known.has(name));
}

/** Computed attributes that the store does not fill in, for all resources, by name. */
export type ComputedInverses = ReadonlyMap<string, InverseElements>;

/** Computes those of `names` that the store leaves to the engine, by one scan each. */
export async function computeInverses(
  engine: Engine,
  type: ResourceType,
  names: ReadonlySet<string>,
  ids: ReadonlySet<string> | undefined,
): Promise<ComputedInverses> {
  const computed = new Map<string, InverseElements>();
  if (engine.supports.inverses || ids?.size === 0) return computed;
  for (const inverse of type.inverses) {
    const { name } = inverse.attribute;
    if (names.has(name)) computed.set(name, await computeInverse(engine, inverse, ids));
  }
  return computed;
}

/** The resource with its computed attributes. */
export function withInverses(stored: Stored, computed: ComputedInverses): Stored {
  let result = stored;
  for (const [name, byId] of computed) {
    result = withElements(result, name, byId.get(stored.id) ?? []);
  }
  return result;
}

/**
 * Fills in what the store left open of `names`: elements without `type` or `display` get those of
 * their target, computed attributes are computed. One look-up per target type for all resources.
 */
export async function complete(
  engine: Engine,
  type: ResourceType,
  resources: readonly Stored[],
  names: ReadonlySet<string>,
): Promise<readonly Stored[]> {
  if (resources.length === 0 || names.size === 0) return resources;
  const ids = new Set(resources.map(({ id }) => id));
  const computed = await computeInverses(engine, type, names, ids);
  let result = resources.map((stored) => withInverses(stored, computed));
  for (const relation of type.relations) {
    const { name } = relation.attribute;
    if (names.has(name)) result = await fillElements(engine, result, name, relation.types);
  }
  for (const inverse of type.inverses) {
    const { name } = inverse.attribute;
    if (names.has(name) && !computed.has(name)) {
      result = await fillElements(engine, result, name, [inverse.type], inverse);
    }
  }
  return result;
}

async function fillElements(
  engine: Engine,
  resources: readonly Stored[],
  name: string,
  types: readonly string[],
  inverse?: Inverse,
): Promise<Stored[]> {
  const slice = new TimeSlice();
  const ids: string[] = [];
  const open = new Set<Stored>();
  for (const stored of resources) {
    for (const element of elementsOf(stored[name])) {
      if (!isIncomplete(element)) continue;
      ids.push(element.value);
      open.add(stored);
    }
    if (slice.isOver) await slice.next();
  }
  if (open.size === 0) return [...resources];
  const targets = await findTargets(engine, types, ids);
  const fill = (element: RelationElement): RelationElement => {
    const target = isIncomplete(element) ? targets.get(element.value) : undefined;
    if (target === undefined) return element;
    const display = element.display ?? target.display;
    if (inverse !== undefined)
      return { ...inverseElement(inverse, element.value, target.display), ...element };
    return { ...element, type: target.type, ...(display === undefined ? {} : { display }) };
  };
  const filled: Stored[] = [];
  for (const stored of resources) {
    if (slice.isOver) await slice.next();
    const elements = open.has(stored) && elementsOf(stored[name]).map(fill);
    filled.push(elements ? withElements(stored, name, elements) : stored);
  }
  return filled;
}

function isIncomplete(element: RelationElement): boolean {
  return element.type === undefined || element.display === undefined;
}
