import {
  type AttributePath,
  type Inverse,
  leaf,
  type MatchingRule,
  type Relation,
  type ResourceType,
  samePath,
} from '#scim';
import { checkCollectionName, storedName } from './names.js';

/** A single-valued path that is looked up by an index. */
export interface KeyPath {
  readonly path: AttributePath;
  readonly rule: MatchingRule;
  /** Member of `_scim.s`, `_scim.o` and, if unique, `_scim.u`. */
  readonly name: string;
  readonly unique: boolean;
}

/** A path of several values that is looked up by an index. */
export interface ListPath {
  readonly path: AttributePath;
  readonly rule: MatchingRule;
  /** Member of `_scim.s` with the list, and of its elements with the value. */
  readonly list: string;
  readonly member: string;
  /** Member of `_scim.u` where the values are unique. */
  readonly name: string;
  readonly unique: boolean;
}

/** A relation's collection: a document for each element, `id` holds `value`. */
export interface RelationLayout {
  readonly relation: Relation;
  readonly name: string;
  readonly collection: string;
}

/** An inverse attribute and the relation it is read of. */
export interface InverseLayout {
  readonly inverse: Inverse;
  readonly name: string;
  /** Type whose resources are the values. */
  readonly holder: TypeLayout;
  readonly relation: RelationLayout;
  /** Types that the relation looks in first: an id that is there as well means that one. */
  readonly before: readonly TypeLayout[];
}

/** Where the resources of a type are. */
export interface TypeLayout {
  readonly type: ResourceType;
  readonly collection: string;
  readonly keys: readonly KeyPath[];
  readonly lists: readonly ListPath[];
  readonly relations: readonly RelationLayout[];
  /** Known once all types are. */
  readonly inverses: () => readonly InverseLayout[];
}

/** Collections that belong to no type. */
export interface SharedCollections {
  /** What is known of the content as a whole. */
  readonly state: string;
  /** Leases, by the clock of the server. */
  readonly locks: string;
  /** How many resources each type has, in several documents so that writers do not collide. */
  readonly counts: string;
  readonly outbox: string;
  /** Holders that are gone and whose elements are not yet. */
  readonly removed: string;
}

export interface Layout {
  readonly shared: SharedCollections;
  readonly types: readonly TypeLayout[];
  named(name: string): TypeLayout;
}

/** @throws Error for names that the database cannot have, or that mean two things */
export function layoutOf(types: readonly ResourceType[], database: string, prefix: string): Layout {
  const byName = new Map<string, TypeLayout>();
  const named = (name: string): TypeLayout => {
    const found = byName.get(name);
    if (found === undefined) throw new Error(`the backend was not opened for ${name}`);
    return found;
  };
  for (const type of types) byName.set(type.name, typeLayout(type, prefix, named));
  const shared = {
    state: `${prefix}scim_state`,
    locks: `${prefix}scim_locks`,
    counts: `${prefix}scim_counts`,
    outbox: `${prefix}scim_outbox`,
    removed: `${prefix}scim_removed`,
  };
  const layout = { shared, types: [...byName.values()], named };
  checkNames(layout, database);
  return Object.freeze(layout);
}

function checkNames({ shared, types }: Layout, database: string): void {
  const names = [
    ...Object.values(shared),
    ...types.flatMap(({ collection, relations }) => [
      collection,
      ...relations.map((relation) => relation.collection),
    ]),
  ];
  for (const name of names) {
    checkCollectionName(database, name);
    if (names.filter((other) => other === name).length > 1) {
      throw new Error(`The collection ${name} would hold two kinds of things; rename a model.`);
    }
  }
}

function typeLayout(
  type: ResourceType,
  prefix: string,
  named: (name: string) => TypeLayout,
): TypeLayout {
  const collection = prefix + type.collection;
  const computed = new Set([...type.relations, ...type.inverses].map((one) => one.attribute));
  const paths = type.indexed.filter(({ attribute }) => !computed.has(attribute));
  const isList = ({ attribute, sub }: AttributePath) => attribute.multiValued || sub?.multiValued;
  const layout: TypeLayout = {
    type,
    collection,
    keys: paths.filter((path) => !isList(path)).map((path) => keyPath(type, path)),
    lists: paths.filter(isList).map((path) => listPath(type, path)),
    relations: type.relations.map((relation) => ({
      relation,
      name: relation.attribute.name,
      collection: `${collection}_${relation.attribute.name}`,
    })),
    inverses: () => type.inverses.map((inverse) => inverseLayout(type, inverse, named)),
  };
  return layout;
}

function keyPath(type: ResourceType, path: AttributePath): KeyPath {
  const { path: name, matching } = leaf(path);
  return { path, rule: matching, name: storedName(name), unique: isUnique(type, path) };
}

function listPath(type: ResourceType, path: AttributePath): ListPath {
  const { attribute, sub } = path;
  const { path: name, matching } = leaf(path);
  const own = attribute.multiValued && sub !== undefined;
  return {
    path,
    rule: matching,
    list: storedName(attribute.multiValued ? attribute.path : name),
    member: own ? storedName(sub.name) : 'value',
    name: storedName(name),
    unique: isUnique(type, path),
  };
}

function isUnique(type: ResourceType, path: AttributePath): boolean {
  return type.unique.some((other) => samePath(path, other));
}

function inverseLayout(
  type: ResourceType,
  inverse: Inverse,
  named: (name: string) => TypeLayout,
): InverseLayout {
  const holder = named(inverse.type);
  const relation = holder.relations.find(({ name }) => name === inverse.relation);
  if (relation === undefined) {
    throw new Error(`${inverse.type} has no relation ${inverse.relation}`);
  }
  const order = relation.relation.types;
  const before = order.slice(0, Math.max(0, order.indexOf(type.name))).map(named);
  return { inverse, name: inverse.attribute.name, holder, relation, before };
}
