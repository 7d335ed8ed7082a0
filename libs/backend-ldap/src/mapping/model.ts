import { type AttributePath, leaf, type Relation, type ResourceType, resolvePath } from '#scim';
import type { LdapFilter, SearchRequest } from '../port/directory.js';
import type { ServerAttribute, ServerSchema } from '../server/server-schema.js';
import { ANY_ATTRIBUTE, type Layout, RESOURCES, type TypeLayout } from './mapping-tables.js';
import { markOf } from './mark.js';

/** One line of the mapping table, as this server can keep it. */
export interface MappedAttribute {
  readonly path: AttributePath;
  /** The path in its canonical spelling. */
  readonly name: string;
  readonly attribute: ServerAttribute;
  /**
   * Shows further values of the path, or the only one where `attribute` has none; of a path with one
   * value, something made up stands in it while `attribute` holds the value.
   */
  readonly also: ServerAttribute | undefined;
  /** Whether the path has many values: elements of a multi-valued attribute. */
  readonly many: boolean;
}

/** How resources of one type are kept on one server. */
export interface Model {
  readonly type: ResourceType;
  /** Name of the unit that new entries are made in. */
  readonly container: string;
  /** Where entries are, and which of those there are resources. */
  readonly reach: Pick<SearchRequest, 'base' | 'scope'>;
  readonly resources: LdapFilter;
  /** Whether the server makes the ids; entries are then named by what the resource is called. */
  readonly assigned: boolean;
  /** Attribute that entries are named by. */
  readonly naming: ServerAttribute;
  readonly mapped: readonly MappedAttribute[];
  readonly relations: readonly { readonly relation: Relation; readonly attribute: string }[];
  /** Attributes of the resource that name another one, and those that hold its name. */
  readonly references: readonly { readonly path: AttributePath; readonly attribute: string }[];
  /** Where the rest is kept, as JSON. */
  readonly rest: ServerAttribute;
  /** Undefined where the server has no attribute for keys: then only mapped attributes are found by search. */
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
  kind: Layout,
  layout: TypeLayout,
  { base, container }: { readonly base: string; readonly container: string },
  schema: ServerSchema,
): Model {
  const { naming, assigned = false } = kind;
  const rest = kind.rest.map((name) => schema.attribute(name)).find((found) => found !== undefined);
  const id = schema.attribute(naming);
  if (rest === undefined || id === undefined) {
    throw new Error(
      `The LDAP server's schema lacks ${rest === undefined ? kind.rest[0] : naming}: add the "cosine" schema.`,
    );
  }
  const [keys, uniqueKeys, order] = [layout.keys ?? kind.keys, kind.uniqueKeys, kind.order].map(
    (name) => (name === undefined ? undefined : schema.attribute(name)?.name),
  );
  const technical = [keys, uniqueKeys, order].filter((name) => name !== undefined);
  const mapped = mappedOf(type, layout, schema, [id.name, rest.name, ...technical]);
  const anyClass = schema.hasClass(ANY_ATTRIBUTE) ? ANY_ATTRIBUTE : undefined;
  const demanded = layout.demanded.flatMap((name) => schema.attribute(name) ?? []);
  const revision = type.relations.length === 0 ? undefined : revisionOf(schema);
  const held = mapped.flatMap(({ attribute, also }) => [attribute, ...(also ? [also] : [])]);
  const owned = [id, rest, ...held, ...demanded];
  const references = referencesOf(type, layout, schema);
  const names = new Set([
    ...[...owned, ...references.map(({ attribute }) => ({ name: attribute }))].map(
      ({ name }) => name,
    ),
    ...technical,
  ]);
  return Object.freeze({
    type,
    container,
    reach: assigned ? { base, scope: 'sub' as const } : { base: container, scope: 'one' as const },
    resources: layout.resources ?? RESOURCES,
    assigned,
    naming: id,
    mapped,
    relations: type.relations.flatMap((relation) => {
      const name = layout.relations[relation.attribute.name];
      const attribute = name === undefined ? undefined : schema.attribute(name)?.name;
      return attribute === undefined ? [] : [{ relation, attribute }];
    }),
    references,
    rest,
    keys,
    uniqueKeys,
    order,
    revision,
    mark: markOf(type, mapped, [uniqueKeys, order]),
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

function mappedOf(
  type: ResourceType,
  layout: TypeLayout,
  schema: ServerSchema,
  taken: readonly string[],
): readonly MappedAttribute[] {
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
    const also = layout.also?.[text];
    return [
      rowOf(
        resolved,
        withForm(attribute, layout),
        also === undefined ? undefined : withForm(schema.attribute(also), layout),
      ),
    ];
  });
}

/** Photos have no matching rule, but are kept; everything else without one stays in the rest. */
function knownWithoutRule(
  attribute: ServerAttribute | undefined,
  path: AttributePath,
): readonly MappedAttribute[] {
  return attribute?.syntax?.endsWith('.28') ? [rowOf(path, attribute, undefined)] : [];
}

/** As the layout says its values look. */
function withForm<T extends ServerAttribute | undefined>(attribute: T, { forms }: TypeLayout): T {
  const own = Object.entries(forms ?? {}).find(([name]) => name.toLowerCase() === attribute?.name);
  return attribute === undefined || own === undefined
    ? attribute
    : { ...attribute, syntax: own[1] };
}

function referencesOf(
  type: ResourceType,
  { references = {} }: TypeLayout,
  schema: ServerSchema,
): Model['references'] {
  return Object.entries(references).flatMap(([text, name]) => {
    const resolved = resolvePath(type, text);
    const attribute = schema.attribute(name)?.name;
    if (resolved?.kind !== 'attribute' || attribute === undefined) return [];
    const sub = resolved.attribute.subByName.get('value');
    return sub === undefined ? [] : [{ path: { attribute: resolved.attribute, sub }, attribute }];
  });
}

function rowOf(
  path: AttributePath,
  attribute: ServerAttribute,
  also: ServerAttribute | undefined,
): MappedAttribute {
  const { attribute: top, sub } = path;
  return Object.freeze({
    path: { attribute: top, sub },
    name: leaf(path).path,
    attribute,
    also,
    many: top.multiValued,
  });
}

/** What is mapped to what others show of a resource, where its attribute never holds anything made up. */
export function displayAttribute({ type, mapped, demanded }: Model): MappedAttribute | undefined {
  const display = mapped.find(({ path, many }) => path.attribute === type.display && !many);
  return demanded.every(({ name }) => name !== display?.attribute.name) ? display : undefined;
}
