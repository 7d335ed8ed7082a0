import {
  type AttributePath,
  type CompareFilter,
  comparable,
  type Filter,
  leaf,
  type ValuePathFilter,
} from '#scim';
import type { Entry, Members } from '../memory/entry.js';
import type { Shelf, Shelves } from '../memory/shelves.js';

/**
 * What the indexes know about a filter: every match is among `entries`, and they are nothing but
 * the matches where `exact` holds. Only an exact answer may go without the residual filter, and
 * none is ever negated: the complement of a superset is a subset (design law 1).
 */
export interface Candidates {
  readonly entries: ReadonlySet<Entry>;
  readonly exact: boolean;
}

/** Undefined when the indexes do not help and every resource has to be looked at. */
export function candidatesOf(
  shelves: Shelves,
  shelf: Shelf,
  filter: Filter,
): Candidates | undefined {
  switch (filter.kind) {
    case 'and':
      return intersection(filter.operands.map((one) => candidatesOf(shelves, shelf, one)));
    case 'or':
      return union(filter.operands.map((one) => candidatesOf(shelves, shelf, one)));
    case 'compare':
      return compared(shelves, shelf, filter, filter.path);
    case 'valuePath':
      return withinElement(shelves, shelf, filter, filter.filter);
    case 'constant':
      return filter.value ? undefined : { entries: new Set(), exact: true };
    case 'not':
    case 'present':
      return undefined;
  }
}

/** `attribute[…]`: an element that satisfies all of it has the value asked for, but also the rest. */
function withinElement(
  shelves: Shelves,
  shelf: Shelf,
  { attribute }: ValuePathFilter,
  filter: Filter,
): Candidates | undefined {
  const inside = (one: Filter) => withinElement(shelves, shelf, { ...VALUE_PATH, attribute }, one);
  switch (filter.kind) {
    case 'and': {
      const found = intersection(filter.operands.map(inside));
      // Each operand may be satisfied by another element.
      return found && { ...found, exact: false };
    }
    case 'or':
      return union(filter.operands.map(inside));
    case 'compare': {
      const sub = filter.path.attribute === attribute ? undefined : filter.path.attribute;
      return compared(shelves, shelf, filter, { attribute, sub });
    }
    case 'constant':
      return filter.value ? undefined : { entries: new Set(), exact: true };
    default:
      return undefined;
  }
}

const VALUE_PATH = { kind: 'valuePath', filter: { kind: 'constant', value: true } } as const;

function compared(
  shelves: Shelves,
  { type, table }: Shelf,
  { operator, value }: CompareFilter,
  path: AttributePath,
): Candidates | undefined {
  if (operator !== 'eq' && operator !== 'sw') return undefined;
  const key = comparable(leaf(path).matching, value);
  if (key === undefined) return undefined;
  if (operator === 'sw') {
    // An empty text would find every value; that is no look-up.
    const found = typeof key === 'string' && key !== '' ? table.findByPrefix(path, key) : undefined;
    return found && exactly(found);
  }
  const relation = type.relations.find(({ attribute }) => attribute === path.attribute);
  if (relation !== undefined) {
    if (path.sub !== path.attribute.subByName.get('value')) return undefined;
    return exactly(holdersIn(shelves.linksByKey(key), relation.attribute.name, type.name));
  }
  const isId = path.attribute === type.attributes.get('id');
  const found = isId ? table.findById(key) : table.find(path, key);
  return found && exactly(found);
}

function* holdersIn(links: Iterable<Members>, relation: string, type: string): Generator<Entry> {
  for (const { holder, relation: held } of links) {
    if (holder.type.name === type && held.attribute.name === relation) yield holder;
  }
}

function exactly(entries: Iterable<Entry>): Candidates {
  return { entries: new Set(entries), exact: true };
}

/** What is not indexed narrows nothing down, but makes the answer a superset. */
function intersection(operands: readonly (Candidates | undefined)[]): Candidates | undefined {
  const known = operands.filter((one) => one !== undefined);
  const [smallest, ...others] = known.sort((a, b) => a.entries.size - b.entries.size);
  if (smallest === undefined) return undefined;
  const entries = [...smallest.entries].filter((entry) =>
    others.every((other) => other.entries.has(entry)),
  );
  const exact = known.length === operands.length && known.every((one) => one.exact);
  return { entries: new Set(entries), exact };
}

/** One operand without an index makes the whole a scan. */
function union(operands: readonly (Candidates | undefined)[]): Candidates | undefined {
  const entries = new Set<Entry>();
  let exact = true;
  for (const operand of operands) {
    if (operand === undefined) return undefined;
    for (const entry of operand.entries) entries.add(entry);
    exact &&= operand.exact;
  }
  return { entries, exact };
}
