import { hash } from 'node:crypto';
import {
  type AttributePath,
  type Inverse,
  leaf,
  type MatchingRule,
  type Relation,
  type ResourceType,
  samePath,
} from '#scim';
import { markOf } from './mark.js';

/** A column of a type's table with the prepared value of a single-valued path, indexed. */
export interface KeyColumn {
  readonly path: AttributePath;
  readonly rule: MatchingRule;
  readonly column: string;
  /** Column that tells long values apart that begin alike, where values are unique. */
  readonly tail: string | undefined;
  readonly index: string;
  readonly unique: boolean;
}

/** A relation's table: a row for each element, `id` holds `value`. */
export interface RelationTable {
  readonly relation: Relation;
  readonly name: string;
  readonly table: string;
  /** Index of `value`, `id`: from the target to those that hold it. */
  readonly reverse: string;
}

/** An inverse attribute and the relation table it is read of. */
export interface InverseTable {
  readonly inverse: Inverse;
  readonly name: string;
  /** Type whose resources are the values. */
  readonly holder: TypeLayout;
  readonly relation: RelationTable;
  /** Types that the relation looks in first: an id that is there as well means that one. */
  readonly before: readonly TypeLayout[];
}

/** Where the resources of a type are. */
export interface TypeLayout {
  readonly type: ResourceType;
  readonly table: string;
  /** What its rows are derived by; see `markOf`. */
  readonly mark: string;
  readonly marks: string;
  /** Index of the order of lists. */
  readonly order: string;
  readonly keys: readonly KeyColumn[];
  /** Multi-valued paths with an index: their values are rows of `values`. */
  readonly multi: readonly { readonly path: AttributePath; readonly unique: boolean }[];
  /**
   * Table of the prepared values of `multi`: `id`, `path`, `value`, and `claim` where no two
   * resources may have the same.
   */
  readonly values: string;
  readonly valuesIndex: string;
  readonly claimsIndex: string;
  readonly relations: readonly RelationTable[];
  /** Known once all types are. */
  readonly inverses: () => readonly InverseTable[];
}

/** Tables that belong to no type. */
export interface SharedTables {
  /** Versions and fingerprints by name. */
  readonly state: string;
  /** Locks and leases. */
  readonly locks: string;
  /** How many resources each type has, in several rows so that writers do not queue. */
  readonly counts: string;
  readonly outbox: string;
  readonly outboxIndex: string;
}

export interface Layout {
  /** What the names of all tables begin with. */
  readonly prefix: string;
  readonly shared: SharedTables;
  readonly types: readonly TypeLayout[];
  ofType(type: ResourceType): TypeLayout;
  named(name: string): TypeLayout;
}

/** The tables of these types. */
export function layoutOf(types: readonly ResourceType[], prefix: string): Layout {
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
    outboxIndex: short(`${prefix}scim_outbox_id`),
  };
  return Object.freeze({
    prefix,
    shared,
    types: [...byName.values()],
    named,
    ofType: (type: ResourceType) => named(type.name),
  });
}

function typeLayout(
  type: ResourceType,
  prefix: string,
  named: (name: string) => TypeLayout,
): TypeLayout {
  const table = prefix + type.collection;
  const relations = type.relations.map((relation): RelationTable => {
    const { name } = relation.attribute;
    const own = `${table}_${name}`;
    return { relation, name, table: own, reverse: short(`${own}_value`) };
  });
  const stored = withIndex(type);
  const multi = stored.filter(({ attribute, sub }) => attribute.multiValued || sub?.multiValued);
  const derived = {
    keys: stored
      .filter((path) => !multi.includes(path))
      .map((path) => keyColumn(type, table, path)),
    multi: multi.map((path) => ({
      path,
      unique: type.unique.some((other) => samePath(path, other)),
    })),
  };
  const layout: TypeLayout = {
    type,
    table,
    ...derived,
    mark: markOf(type, derived),
    marks: short(`${table}_mark`),
    order: short(`${table}_created`),
    values: `${table}_values`,
    valuesIndex: short(`${table}_values_value`),
    claimsIndex: short(`${table}_values_claim`),
    relations,
    inverses: () =>
      (inverses ??= type.inverses.map((inverse) => inverseTable(type, inverse, named))),
  };
  let inverses: readonly InverseTable[] | undefined;
  return layout;
}

/** Paths with an index of their own: not those in relations, nor those that have a column anyway. */
function withIndex(type: ResourceType): readonly AttributePath[] {
  const { attributes } = type;
  const externalId = attributes.get('externalid');
  // Clients look for their own id even where it need not be unique (RFC 7643 §3.1).
  const always = externalId === undefined ? [] : [{ attribute: externalId, sub: undefined }];
  const elsewhere = new Set([
    attributes.get('id'),
    attributes.get('meta'),
    ...[...type.relations, ...type.inverses].map(({ attribute }) => attribute),
  ]);
  const all = [...type.unique, ...type.indexed, ...always];
  return all.filter(
    (path, i) =>
      !elsewhere.has(path.attribute) && all.findIndex((other) => samePath(path, other)) === i,
  );
}

/** Ends the names of indexes of unique values. */
export const SOLE = '_sole';

function keyColumn(type: ResourceType, table: string, path: AttributePath): KeyColumn {
  const { attribute, sub } = path;
  const name = sub === undefined ? attribute.name : `${attribute.name}_${sub.name}`;
  const urn = attribute.extension === undefined ? '' : `_${digest(attribute.extension)}`;
  const column = short(`key_${name.replaceAll(/\W/g, '_')}${urn}`);
  const unique = type.unique.some((other) => samePath(path, other));
  const index = short(`${table}_${column}${unique ? SOLE : ''}`);
  const tail = unique ? short(`${column}_tail`) : undefined;
  return { path, rule: leaf(path).matching, column, tail, index, unique };
}

function inverseTable(
  type: ResourceType,
  inverse: Inverse,
  named: (name: string) => TypeLayout,
): InverseTable {
  const holder = named(inverse.type);
  const relation = holder.relations.find(({ name }) => name === inverse.relation);
  if (relation === undefined)
    throw new Error(`${inverse.type} has no relation ${inverse.relation}`);
  const order = relation.relation.types;
  const before = order.slice(0, Math.max(0, order.indexOf(type.name))).map(named);
  return { inverse, name: inverse.attribute.name, holder, relation, before };
}

/** PostgreSQL cuts names after 63 bytes. */
export function short(name: string): string {
  return name.length <= 60 ? name : `${name.slice(0, 51)}_${digest(name)}`;
}

function digest(text: string): string {
  return hash('sha1', text, 'hex').slice(0, 8);
}
