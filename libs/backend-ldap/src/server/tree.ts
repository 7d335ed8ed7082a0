import { inTurn, type RelationElement, stretches } from '#backend';
import type { Relation, ResourceType } from '#scim';
import { type Ava, childDn, escapeValue, parseDn, rdnsKey } from '../mapping/dn.js';
import { guidName, guidOctets, guidText } from '../mapping/guid.js';
import type { Model } from '../mapping/model.js';
import { coarse, fits } from '../mapping/syntax.js';
import type { Entry, LdapFilter, SearchRequest } from '../port/directory.js';
import type { Pool } from '../port/pool.js';
import { either, UUID } from '../query/ldap.filter.js';
import type { ServerSchema } from './server-schema.js';

/** Ids that one search looks for. */
const TOGETHER = 200;
/** Octets of an entry's own name; OpenLDAP's database takes little more. */
const LONGEST_NAME = 240;

/** The search for resources of a type that pass all of these filters. */
export function resourcesThat(
  { reach, resources }: Model,
  ...filters: readonly (LdapFilter | undefined)[]
): Omit<SearchRequest, 'attributes'> {
  const operands = filters.filter((filter) => filter !== undefined);
  const filter: LdapFilter =
    operands.length === 0 ? resources : { kind: 'and', operands: [...operands, resources] };
  return { ...reach, filter };
}

/** The names of elements, by value. */
export interface Named {
  /** Those of entries as well that a server takes for one of them. */
  readonly names: ReadonlyMap<string, string>;
  /** Values that no entry has: they might be named as another type. */
  readonly missing: ReadonlySet<string>;
}

/**
 * Where entries are, and whose they are. Entries that were made here are named by their id; what
 * others put beside them under names of another kind has its `entryUUID` for an id.
 */
export class Tree {
  constructor(
    private readonly pool: Pool,
    private readonly schema: ServerSchema,
    readonly models: ReadonlyMap<string, Model>,
  ) {}

  model(type: ResourceType | string): Model {
    const name = typeof type === 'string' ? type : type.name;
    const model = this.models.get(name);
    if (model === undefined) throw new Error(`The LDAP backend is not open for ${name}.`);
    return model;
  }

  /** The name of an entry that is made here, or any by which a server finds it. */
  nameOf(model: Model, id: string): string {
    if (model.assigned) return guidName(id);
    return childDn(model.naming.name, id, model.container);
  }

  /** Whether a server can name an entry by the id, and give it back as it is. */
  canName(model: Model, id: string): boolean {
    if (model.assigned) return UUID.test(id);
    const name = `${model.naming.name}=${escapeValue(id)}`;
    return fits(model.naming.syntax, id) && Buffer.byteLength(name) <= LONGEST_NAME;
  }

  /** Whether a server can name an entry by these values. */
  canBeNamed(avas: readonly Ava[]): boolean {
    const name = avas.map(({ type, value }) => `${type}=${escapeValue(value)}`).join('+');
    return Buffer.byteLength(name) <= LONGEST_NAME;
  }

  /** What the server calls an attribute, by any of its names. */
  attributeOf(type: string): string {
    return this.schema.attribute(type)?.name ?? type;
  }

  /** Whether an entry of this name would be a resource of the type. */
  isResource(model: Model, name: string): boolean {
    if (model.assigned) return this.isWithin(model, name);
    return this.rdnWithin(model, name) !== undefined;
  }

  /** Whether a name stands below the base of a type. */
  isWithin({ reach }: Model, name: string): boolean {
    return this.nameKey(name).endsWith(`,${this.nameKey(reach.base)}`);
  }

  /** Undefined for an entry that cannot be told from others. */
  idOf(model: Model, entry: Entry): string | undefined {
    if (model.assigned) return guidText(entry.attributes.get(model.naming.name)?.[0]);
    const own = this.quickId(model, entry.dn) ?? this.ownName(model, parseDn(entry.dn)?.[0]);
    if (own === undefined) return entry.attributes.get('entryuuid')?.[0]?.toString().toLowerCase();
    const values = (entry.attributes.get(model.naming.name) ?? []).map((value) => value.toString());
    return (
      values.find((value) => value === own) ??
      values.find((value) => coarse(value) === coarse(own)) ??
      own
    );
  }

  /** The entry of a resource. */
  async locate(
    model: Model,
    id: string,
    selection: readonly string[] = model.selection,
  ): Promise<Entry | undefined> {
    if (!this.canName(model, id)) return undefined;
    const entry = await this.read(model, id, selection);
    if (entry !== undefined) return this.idOf(model, entry) === id ? entry : undefined;
    if (model.assigned) return undefined;
    if (!UUID.test(id)) return undefined;
    return (await this.given(model, [id], selection)).get(id);
  }

  /** The entries of those resources that exist, by id. */
  async locateAll(
    model: Model,
    ids: Iterable<string>,
    extra: readonly string[] = [],
  ): Promise<Map<string, Entry>> {
    const wanted = new Set(ids);
    const found = await this.locateAlike(model, wanted, extra);
    return new Map([...found].filter(([id]) => wanted.has(id)));
  }

  /** As `locateAll`, with those whose names a server takes for that of an id that was asked for. */
  private async locateAlike(
    model: Model,
    ids: ReadonlySet<string>,
    extra: readonly string[] = [],
  ): Promise<Map<string, Entry>> {
    const wanted: string[] = [];
    for await (const some of stretches([...ids])) {
      wanted.push(...some.filter((id) => this.canName(model, id)));
    }
    const selection = [model.naming.name, 'entryuuid', 'entrydn', ...extra];
    const [only, ...others] = wanted;
    if (only === undefined) return new Map();
    const found =
      others.length === 0
        ? this.byId(model, [await this.read(model, only, selection)])
        : await this.search(model, wanted, model.naming.name, selection);
    if (model.assigned) return found;
    const rest = wanted.filter((id) => !found.has(id) && UUID.test(id));
    for (const [id, entry] of await this.given(model, rest, selection)) found.set(id, entry);
    return found;
  }

  private async read(model: Model, id: string, selection: readonly string[]) {
    const entry = await this.pool.read(this.nameOf(model, id), selection, model.resources);
    // An id that the server made is one wherever its entry stands.
    const isElsewhere = entry !== undefined && model.assigned && !this.isWithin(model, entry.dn);
    return isElsewhere ? undefined : entry;
  }

  private byId(model: Model, entries: readonly (Entry | undefined)[]): Map<string, Entry> {
    const found = new Map<string, Entry>();
    for (const entry of entries) {
      const id = entry && this.idOf(model, entry);
      if (entry !== undefined && id !== undefined) found.set(id, entry);
    }
    return found;
  }

  /**
   * Where a name stands among resources of these types, with what it is called there; undefined for
   * a name elsewhere.
   */
  placeOf(
    types: readonly string[],
    name: string,
  ): { readonly name: string; readonly model: Model; readonly rdn: readonly Ava[] } | undefined {
    for (const type of types) {
      const model = this.model(type);
      const rdn = this.rdnWithin(model, name);
      if (rdn !== undefined) return { name, model, rdn };
    }
    return undefined;
  }

  /** The entries that these names lead to, as far as they are resources of the type, by key. */
  async named(
    model: Model,
    names: readonly string[],
    extra: readonly string[] = [],
  ): Promise<ReadonlyMap<string, Entry>> {
    const within = names.filter((name) => this.isWithin(model, name));
    const found = new Map<string, Entry>();
    const parts: (readonly string[])[] = [];
    for (let start = 0; start < within.length; start += TOGETHER) {
      parts.push(within.slice(start, start + TOGETHER));
    }
    const attributes = [model.naming.name, ...extra];
    await inTurn(
      parts,
      async (part) => {
        const operands = part.map(
          (value) => ({ kind: 'equal', attribute: 'distinguishedName', value }) as const,
        );
        const request = { ...resourcesThat(model, either(operands)), attributes };
        for (const entry of await this.pool.find(request)) found.set(this.nameKey(entry.dn), entry);
      },
      2,
    );
    return found;
  }

  /** What a name is called within a unit; undefined for a name that is not right below it. */
  private rdnWithin(model: Model, name: string): readonly Ava[] | undefined {
    const tail = `,${model.container}`;
    // Most names were made here; those are not taken apart as a whole.
    const rdns = name.endsWith(tail) ? parseDn(name.slice(0, -tail.length)) : undefined;
    if (rdns?.length === 1) return rdns[0];
    const [own, ...above] = parseDn(name) ?? [];
    return own !== undefined && this.rdnsKey(above) === this.nameKey(model.container)
      ? own
      : undefined;
  }

  /** Equal for names that a server takes for one: letter case, blanks, names of attributes. */
  nameKey(name: string): string {
    const rdns = parseDn(name);
    return rdns === undefined ? name.toLowerCase() : this.rdnsKey(rdns);
  }

  private rdnsKey(rdns: readonly (readonly Ava[])[]): string {
    return rdnsKey(rdns, (type) => this.attributeOf(type));
  }

  /**
   * The names that elements get, by value: that of the entry where there is one, else the one that
   * it would have.
   */
  async namesOf(relation: Relation, elements: readonly RelationElement[]): Promise<Named> {
    const names = new Map<string, string>();
    let open = elements.map(({ value }) => value);
    for (const type of relation.types) {
      const model = this.model(type);
      const found = await this.locateAlike(model, new Set(open));
      for (const [id, entry] of found) names.set(id, entry.dn);
      open = open.filter((id) => !names.has(id));
      if (open.length === 0) break;
    }
    const missing = new Set(open);
    const byValue = new Map(elements.map((element) => [element.value, element]));
    for (const value of open) {
      const type = byValue.get(value)?.type;
      const model = this.model(
        relation.types.find((name) => name === type) ?? relation.types[0] ?? '',
      );
      if (this.canName(model, value)) names.set(value, this.nameOf(model, value));
    }
    return { names, missing };
  }

  /** The names that entries made here would have under this id, one for each type. */
  possibleNames(types: readonly string[], id: string): readonly string[] {
    return types
      .map((type) => this.model(type))
      .filter((model) => !model.assigned && this.canName(model, id))
      .map((model) => this.nameOf(model, id));
  }

  /** Most names are plain and were made here. */
  private quickId(model: Model, name: string): string | undefined {
    const tail = `,${model.container}`;
    const head = `${model.naming.name}=`;
    // Servers write the type in letters of their own.
    const isHead = name.slice(0, head.length).toLowerCase() === head;
    if (!isHead || !name.endsWith(tail)) return undefined;
    const id = name.slice(head.length, -tail.length);
    return /^[\w.:@-]+$/.test(id) ? id : undefined;
  }

  /** The value that names an entry that was made here. */
  ownName(model: Model, rdn: readonly Ava[] | undefined): string | undefined {
    if (model.assigned) return undefined;
    const [only, ...others] = rdn ?? [];
    if (only === undefined || others.length > 0) return undefined;
    return this.schema.attribute(only.type)?.name === model.naming.name ? only.value : undefined;
  }

  private given(model: Model, ids: readonly string[], selection: readonly string[]) {
    return this.search(model, ids, 'entryuuid', selection);
  }

  private async search(
    model: Model,
    ids: readonly string[],
    attribute: string,
    selection: readonly string[],
  ): Promise<Map<string, Entry>> {
    const found = new Map<string, Entry>();
    const parts: (readonly string[])[] = [];
    for (let start = 0; start < ids.length; start += TOGETHER) {
      parts.push(ids.slice(start, start + TOGETHER));
    }
    // Two at a time, so that others have their turn in between, here and at the server.
    await inTurn(
      parts,
      async (part) => {
        const entries = await this.pool.find({
          ...resourcesThat(
            model,
            either(
              part.map((id) => {
                const value = model.assigned ? guidOctets(id) : id;
                return { kind: 'equal', attribute, value };
              }),
            ),
          ),
          attributes: selection,
        });
        for (const [id, entry] of this.byId(model, entries)) found.set(id, entry);
      },
      2,
    );
    return found;
  }
}
