import { type AttributePath, leaf, type Relation, type ResourceType, resolvePath } from '#scim';
import type { ServerAttribute, ServerSchema } from '../server/server-schema.js';
import {
  ANY_ATTRIBUTE,
  KEYS,
  ORDER,
  REST,
  type TypeLayout,
  UNIQUE_KEYS,
} from './mapping-tables.js';
import { markOf } from './mark.js';

/** One line of the mapping table, as this server can keep it. */
export interface Row {
  readonly path: AttributePath;
  /** The path in its canonical spelling. */
  readonly name: string;
  readonly attribute: ServerAttribute;
  /** Whether the path has many values: elements of a multi-valued attribute. */
  readonly many: boolean;
}

/** How resources of one type are kept on one server. */
export interface Model {
  readonly type: ResourceType;
  /** Name of the unit that holds the entries. */
  readonly container: string;
  /** Attribute that entries are named by. */
  readonly naming: ServerAttribute;
  readonly rows: readonly Row[];
  readonly relations: readonly { readonly relation: Relation; readonly attribute: string }[];
  /** Where the rest is kept, as JSON. */
  readonly rest: ServerAttribute;
  /** Undefined where the server has no attribute for keys: then only rows are found by search. */
  readonly keys: string | undefined;
  /** Where the keys of what must be unique are, for an overlay to watch. */
  readonly uniqueKeys: string | undefined;
  /** What the server can sort lists by; undefined where it has no attribute for that. */
  readonly order: string | undefined;
  /**
   * What the server changes with every change of an entry, whoever makes it. Only where there are
   * relations, since what else makes a version is always read whole.
   */
  readonly revision: string | undefined;
  /** The key that every entry with keys of this table has. */
  readonly mark: string;
  readonly classes: readonly string[];
  readonly anyClass: string | undefined;
  readonly demanded: readonly ServerAttribute[];
  /** What is read of every entry, relations left out. */
  readonly selection: readonly string[];
}

/**
 * @throws Error that says what to configure when a table names what does not exist, or the server's
 *   schema is too small
 */
export function createModel(
  type: ResourceType,
  layout: TypeLayout,
  naming: string,
  container: string,
  schema: ServerSchema,
): Model {
  const rest = REST.map((name) => schema.attribute(name)).find((found) => found !== undefined);
  const id = schema.attribute(naming);
  if (rest === undefined || id === undefined) {
    throw new Error(
      `The LDAP server's schema lacks ${rest === undefined ? REST[0] : naming}: add the "cosine" schema.`,
    );
  }
  const [keys, uniqueKeys, order] = [KEYS, UNIQUE_KEYS, ORDER].map(
    (name) => schema.attribute(name)?.name,
  );
  const technical = [keys, uniqueKeys, order].filter((name) => name !== undefined);
  const rows = rowsOf(type, layout, schema, [id.name, rest.name, ...technical]);
  const anyClass = schema.hasClass(ANY_ATTRIBUTE) ? ANY_ATTRIBUTE : undefined;
  const demanded = layout.demanded.flatMap((name) => schema.attribute(name) ?? []);
  const revision = type.relations.length === 0 ? undefined : revisionOf(schema);
  const owned = [id, rest, ...rows.map(({ attribute }) => attribute), ...demanded];
  const names = new Set([...owned.map(({ name }) => name), ...technical]);
  return Object.freeze({
    type,
    container,
    naming: id,
    rows,
    relations: type.relations.flatMap((relation) => {
      const name = layout.relations[relation.attribute.name];
      const attribute = name === undefined ? undefined : schema.attribute(name)?.name;
      return attribute === undefined ? [] : [{ relation, attribute }];
    }),
    rest,
    keys,
    uniqueKeys,
    order,
    revision,
    mark: markOf(type, rows, [uniqueKeys, order]),
    classes: layout.classes.flatMap((one) => {
      const known = (typeof one === 'string' ? [one] : one).find((name) => schema.hasClass(name));
      return known ?? [];
    }),
    anyClass,
    demanded,
    selection: [...names, 'objectclass', ...OPERATIONAL, ...(revision ? [revision] : [])],
  });
}

/** Operational attributes must be asked for by name. */
const OPERATIONAL = ['entryuuid', 'entrydn', 'createtimestamp', 'modifytimestamp'] as const;

/** From the finest to the coarsest; the last one is every server's, to the second at worst. */
const REVISIONS = ['entryCSN', 'uSNChanged', 'modifyTimestamp'] as const;

function revisionOf(schema: ServerSchema): string {
  const known = REVISIONS.map((name) => schema.attribute(name)?.name);
  return known.find((name) => name !== undefined) ?? 'modifytimestamp';
}

function rowsOf(
  type: ResourceType,
  layout: TypeLayout,
  schema: ServerSchema,
  taken: readonly string[],
): readonly Row[] {
  const used = new Map(taken.map((name) => [name, 'itself']));
  return Object.entries(layout.attributes).flatMap(([text, names]) => {
    const resolved = resolvePath(type, text);
    if (resolved === undefined) return []; // an extension that this service does not have
    if (resolved.kind !== 'attribute' || leaf(resolved).type === 'complex') {
      throw new Error(
        `The attribute table of ${type.name} names ${text}, which is no simple attribute.`,
      );
    }
    const candidates = (typeof names === 'string' ? [names] : names).filter((name) => name !== '');
    const attribute = candidates
      .map((name) => schema.attribute(name))
      .find((found) => found !== undefined);
    if (attribute?.equality === undefined) return knownWithoutRule(attribute, resolved);
    const before = used.get(attribute.name);
    if (before !== undefined) {
      throw new Error(
        `The attribute table of ${type.name} keeps both ${before} and ${text} in ${attribute.name}.`,
      );
    }
    used.set(attribute.name, text);
    return [rowOf(resolved, attribute)];
  });
}

/** Photos have no matching rule, but are kept; everything else without one stays in the rest. */
function knownWithoutRule(
  attribute: ServerAttribute | undefined,
  path: AttributePath,
): readonly Row[] {
  return attribute?.syntax?.endsWith('.28') ? [rowOf(path, attribute)] : [];
}

function rowOf(path: AttributePath, attribute: ServerAttribute): Row {
  const { attribute: top, sub } = path;
  return Object.freeze({
    path: { attribute: top, sub },
    name: leaf(path).path,
    attribute,
    many: top.multiValued,
  });
}

/** The row of what others show of a resource, where its attribute never holds anything made up. */
export function displayRow({ type, rows, demanded }: Model): Row | undefined {
  const row = rows.find(({ path, many }) => path.attribute === type.display && !many);
  return row !== undefined && demanded.every(({ name }) => name !== row.attribute.name)
    ? row
    : undefined;
}
