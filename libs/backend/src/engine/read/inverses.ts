import { type Attribute, type Filter, type Inverse, type ResourceType, sortResources } from '#scim';
import type { RelationElement, Stored } from '../../contract.js';
import { elementsOf, withOnly } from '../content.js';
import type { Engine } from '../engine.js';
import { displayOf } from '../write/targets.js';

/** The elements of a computed attribute, by the id of the resource that has them. */
export type InverseElements = ReadonlyMap<string, readonly RelationElement[]>;

/**
 * Computes `User.groups` for many users by one pass over the groups, whatever the number of users.
 * For a single one a store with `query` is asked for its groups instead.
 * @param ids whose attribute to compute; all when undefined
 */
export async function computeInverse(
  engine: Engine,
  inverse: Inverse,
  ids: ReadonlySet<string> | undefined,
): Promise<InverseElements> {
  const type = engine.type(inverse.type);
  const [only, ...others] = ids ?? [];
  if (only !== undefined && others.length === 0) {
    const exact = await exactHolders(engine, type, inverse, only);
    if (exact !== undefined) return distribute(type, inverse, exact);
  }
  const holders: Holder[] = [];
  for await (const stored of engine.store(type).scan({ expand: [inverse.relation] })) {
    const values = elementsOf(stored[inverse.relation]).map(({ value }) => value);
    const held = ids === undefined ? values : values.filter((value) => ids.has(value));
    if (held.length > 0) holders.push({ stored: withOnly(type, stored, []), held });
  }
  return distribute(type, inverse, holders);
}

/** A resource and those of the wanted ids that its relation holds. */
interface Holder {
  readonly stored: Stored;
  readonly held: readonly string[];
}

const PAGE = 1000;

/** The holders of one id as the store's own index tells them; undefined if it cannot tell exactly. */
async function exactHolders(
  engine: Engine,
  type: ResourceType,
  inverse: Inverse,
  id: string,
): Promise<readonly Holder[] | undefined> {
  const store = engine.store(type);
  if (store.query === undefined) return undefined;
  const filter = holds(relationOf(type, inverse), id);
  const holders: Holder[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const page = await store.query({ filter, start: { offset }, limit: PAGE });
    if (page.residual !== undefined) return undefined;
    for await (const stored of page.items) holders.push({ stored, held: [id] });
    if (!page.paged || offset + PAGE >= (page.total ?? 0)) return holders;
  }
}

function distribute(
  type: ResourceType,
  inverse: Inverse,
  holders: readonly Holder[],
): InverseElements {
  const heldBy = new Map(holders.map(({ stored, held }) => [stored.id, held]));
  const elements = new Map<string, RelationElement[]>();
  const sorted = sortResources(
    holders.map(({ stored }) => stored),
    undefined,
  );
  for (const stored of sorted) {
    const element = inverseElement(inverse, stored.id, displayOf(type, stored));
    for (const id of new Set(heldBy.get(stored.id))) {
      const list = elements.get(id);
      if (list === undefined) elements.set(id, [element]);
      else list.push(element);
    }
  }
  return elements;
}

/**
 * What a computed attribute says of a resource that holds this one. `type` says how, where the schema
 * knows that word (RFC 7643 §4.1.2): always `direct`, since nested groups are not followed.
 */
export function inverseElement(
  inverse: Inverse,
  value: string,
  display: string | undefined,
): RelationElement {
  const direct = inverse.attribute.subByName.get('type')?.canonicalValues.includes('direct');
  return {
    value,
    ...(direct ? { type: 'direct' } : {}),
    ...(display === undefined ? {} : { display }),
  };
}

/** The filter `<attribute>.value eq "<id>"`. */
export function holds(attribute: Attribute, id: string): Filter {
  const path = { element: false, attribute, sub: attribute.subByName.get('value') };
  return { kind: 'compare', path, operator: 'eq', value: id };
}

function relationOf(type: ResourceType, inverse: Inverse): Attribute {
  const found = type.relations.find(({ attribute }) => attribute.name === inverse.relation);
  if (found === undefined) throw new Error(`${type.name} has no relation ${inverse.relation}`);
  return found.attribute;
}
