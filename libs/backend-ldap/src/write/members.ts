import {
  BackendError,
  type Draft,
  inTurn,
  type RelationDelta,
  type RelationElement,
} from '#backend';
import { isArray, isObject, type Json, type Relation } from '#scim';
import { dnKey } from '../mapping/dn.js';
import type { ElementTypes, Sizes } from '../mapping/ldap.mapping.js';
import { NEVER_EMPTY } from '../mapping/mapping-tables.js';
import type { Model } from '../mapping/model.js';
import { type Change, type Entry, type LdapFilter, RESULT } from '../port/directory.js';
import { isCode, type Pool } from '../port/pool.js';
import type { BackLinks } from '../read/back-links.js';
import type { Named, Tree } from '../server/tree.js';

/** Names of elements by attribute, each once. */
type Names = ReadonlyMap<string, readonly string[]>;

/** What a write states of relations. */
export interface Stated {
  readonly names: Names;
  /** Of elements that name no resource, by name of the relation. */
  readonly types: ElementTypes;
  /** Names that lead nowhere, of which the text says the id. */
  readonly unknown: ReadonlySet<string>;
}

export const NOTHING_STATED: Stated = { names: new Map(), types: {}, unknown: new Set() };

/** A delta with the names of its values. */
export interface NamedDelta {
  readonly delta: RelationDelta;
  readonly line: Model['relations'][number];
  readonly named: Named;
}

/** The members of groups, as adds and deletes of names. */
export class Members {
  constructor(
    private readonly pool: Pool,
    private readonly tree: Tree,
    private readonly links: BackLinks,
  ) {}

  /** What a draft states, for each relation that is not kept as it is. */
  async stated(model: Model, draft: Draft, keep: readonly string[]): Promise<Stated> {
    const names = new Map<string, readonly string[]>();
    const types: Record<string, ElementTypes[string]> = {};
    const unknown = new Set<string>();
    for (const { relation, attribute } of model.relations) {
      const { name } = relation.attribute;
      if (keep.includes(name)) continue;
      const elements = elementsOf(draft[name]);
      const named = await this.tree.namesOf(relation, elements);
      this.refuseAlike(elements, named);
      types[name] = typesOf(elements, named.missing);
      for (const value of named.missing) unknown.add(named.names.get(value) ?? '');
      names.set(attribute, distinct(elements.flatMap(({ value }) => named.names.get(value) ?? [])));
    }
    return { names, types, unknown };
  }

  /**
   * Ids that differ in letter case only are two members, but one name. Of what exists there are no
   * such two; what does not exist would be taken for the other one.
   */
  private refuseAlike(elements: readonly RelationElement[], { names, missing }: Named): void {
    if (missing.size === 0) return;
    const byKey = new Map<string, string>();
    for (const [value, name] of names) {
      if (!missing.has(value)) byKey.set(this.tree.nameKey(name), value);
    }
    for (const { value } of elements) {
      const name = names.get(value);
      if (name === undefined || !missing.has(value)) continue;
      const key = this.tree.nameKey(name);
      const other = byKey.get(key);
      if (other !== undefined && other !== value) throw alike(other, value);
      byKey.set(key, value);
    }
  }

  /**
   * What makes an entry's relations the stated ones; names outside of the tree are let be.
   * @param entry read with these relations
   */
  async difference(
    model: Model,
    { attributes }: Entry,
    stated: Stated,
  ): Promise<readonly Change[]> {
    const changes: Change[] = [];
    for (const { relation, attribute } of model.relations) {
      const wanted = stated.names.get(attribute);
      if (wanted === undefined) continue;
      const unknown = new Set([...stated.unknown].map((name) => this.tree.nameKey(name)));
      const withIdentity = (name: string): readonly [string, string] => {
        const key = this.tree.nameKey(name);
        return [name, unknown.has(key) ? this.textOf(relation, name) : key];
      };
      const names = (attributes.get(attribute) ?? []).map(String);
      const present = new Map(names.map(withIdentity));
      const becoming = new Map(wanted.map(withIdentity));
      const removed = await this.ours(relation, without(present, becoming));
      const added = without(becoming, present);
      changes.push(...changesTo(attribute, added, removed));
    }
    return changes;
  }

  /** The names among these that are resources' of ours. */
  private async ours({ types }: Relation, names: readonly string[]): Promise<readonly string[]> {
    const models = types.map((type) => this.tree.model(type));
    if (models.some(({ assigned }) => !assigned)) {
      return names.filter((name) => this.tree.placeOf(types, name) !== undefined);
    }
    const keys = new Set<string>();
    for (const model of models) {
      for (const key of (await this.tree.named(model, names)).keys()) keys.add(key);
    }
    return names.filter((name) => keys.has(this.tree.nameKey(name)));
  }

  /** The names that the values of deltas have, whatever they are to be added to or taken out of. */
  async named(model: Model, deltas: readonly RelationDelta[]): Promise<readonly NamedDelta[]> {
    const found = deltas.flatMap((delta) => {
      const line = model.relations.find(
        ({ relation }) => relation.attribute.name === delta.relation,
      );
      return line === undefined ? [] : [{ delta, line }];
    });
    return Promise.all(
      found.map(async ({ delta, line }) => {
        const removals = delta.remove.map((value) => ({ value }));
        const named = await this.tree.namesOf(line.relation, [...delta.add, ...removals]);
        this.refuseAlike(delta.add, named);
        return { delta, line, named };
      }),
    );
  }

  /**
   * The changes that deltas come to.
   * @param precise look at what is there, instead of relying on the server to refuse what is not so
   */
  async effect(
    deltas: readonly NamedDelta[],
    dn: string,
    precise: boolean,
  ): Promise<readonly Change[]> {
    const changes: Change[] = [];
    for (const delta of deltas) changes.push(...(await this.effectOf(delta, dn, precise)));
    return changes;
  }

  private async effectOf(
    { line: { relation, attribute }, delta: { add, remove }, named }: NamedDelta,
    dn: string,
    precise: boolean,
  ): Promise<readonly Change[]> {
    const { names, missing } = named;
    const present = await this.presentOf(relation, attribute, dn, named, precise);
    const doubtful = add.filter(({ value }) => missing.has(value) && present?.get(value)?.length);
    if (doubtful.length > 0) await this.refuseOthers(relation, attribute, dn, doubtful, names);
    const added = distinct(
      add.flatMap(({ value }) => {
        const there = present?.get(value) ?? [];
        return there.length > 0 ? [] : (names.get(value) ?? []);
      }),
    );
    const removed = distinct(
      remove.flatMap((value) =>
        present === undefined ? (names.get(value) ?? []) : (present.get(value) ?? []),
      ),
    );
    return changesTo(attribute, added, removed);
  }

  /**
   * Under which names values are there already. Undefined where that need not be known: what exists
   * is there under its own name, and the server refuses to add it twice or to delete nothing.
   */
  private async presentOf(
    relation: Relation,
    attribute: string,
    dn: string,
    { names, missing }: Named,
    precise: boolean,
  ): Promise<ReadonlyMap<string, readonly string[]> | undefined> {
    const possible = new Map(
      [...names].map(([value, name]) => [
        value,
        distinct([name, ...this.tree.possibleNames(relation.types, value)]),
      ]),
    );
    if (!precise) {
      const others = [...possible].flatMap(([value, list]) =>
        missing.has(value) ? list.filter((name) => name !== names.get(value)) : [],
      );
      if (others.length === 0 || !(await this.holdsAny(dn, attribute, others))) return undefined;
    }
    const all = [...possible.values()].flat();
    const held = await inTurn(all, (name) => this.holdsAny(dn, attribute, [name]));
    const there = new Set(all.filter((_, i) => held[i]));
    return filtered(possible, (name) => there.has(name));
  }

  /**
   * What names nothing and is there already may be there as another one.
   * @throws BackendError `unsupported`
   */
  private async refuseOthers(
    relation: Relation,
    attribute: string,
    dn: string,
    elements: readonly RelationElement[],
    names: Named['names'],
  ): Promise<void> {
    const entry = await this.pool.read(dn, [attribute]);
    const present = (entry?.attributes.get(attribute) ?? []).map(String);
    const byKey = new Map(present.map((name) => [this.tree.nameKey(name), name]));
    for (const { value } of elements) {
      const name = byKey.get(this.tree.nameKey(names.get(value) ?? ''));
      const other = name === undefined ? value : this.textOf(relation, name);
      if (other !== value) throw alike(other, value);
    }
  }

  /** The id that the text of a name says. */
  private textOf({ types }: Relation, name: string): string {
    const place = this.tree.placeOf(types, name);
    return (place && this.tree.ownName(place.model, place.rdn)) ?? name;
  }

  private async holdsAny(
    dn: string,
    attribute: string,
    names: readonly string[],
  ): Promise<boolean> {
    const operands: LdapFilter[] = names.map((value) => ({ kind: 'equal', attribute, value }));
    return (await this.pool.read(dn, ['1.1'], { kind: 'or', operands })) !== undefined;
  }

  /**
   * How many elements there are after a change. Every name of it counts: one that is there already,
   * or is not, makes the server refuse all of it.
   */
  sizes(model: Model, before: Sizes, changes: readonly Change[], stated: Stated): Sizes {
    const sizes: Record<string, number> = {};
    for (const { relation, attribute } of model.relations) {
      const { name } = relation.attribute;
      const known = before[name];
      const all = stated.names.get(attribute)?.length;
      if (all !== undefined) sizes[name] = all;
      else if (known !== undefined) sizes[name] = Math.max(0, known + growth(attribute, changes));
    }
    return sizes;
  }

  /** The types of unknown elements after deltas. */
  typesAfter(before: ElementTypes, deltas: readonly NamedDelta[]): ElementTypes {
    const types: Record<string, ElementTypes[string]> = { ...before };
    for (const { delta, named } of deltas) {
      const all = { ...types[delta.relation], ...typesOf(delta.add, named.missing) };
      for (const value of delta.remove) delete all[value];
      types[delta.relation] = all;
    }
    return known(types);
  }

  /** The types of unknown elements after a write. */
  typesOf(before: ElementTypes, stated: Stated): ElementTypes {
    return known({ ...before, ...stated.types });
  }

  /**
   * Has a new entry linked back by what named it before it was there: servers only do so when a
   * member is added, so it is added anew.
   */
  async relink(dn: string): Promise<void> {
    if (!this.links.kept) return;
    for (const { reach, relations } of this.tree.models.values()) {
      for (const { attribute } of relations) {
        const holders = await this.pool.find({
          ...reach,
          filter: { kind: 'equal', attribute, value: dn },
          attributes: ['entrydn'],
        });
        for (const holder of holders) await this.addAnew(holder.dn, attribute, dn);
      }
    }
  }

  private async addAnew(holder: string, attribute: string, member: string): Promise<void> {
    const values = [Buffer.from(member)];
    try {
      await this.pool.modify(holder, [
        { operation: 'delete', attribute, values },
        { operation: 'add', attribute, values },
      ]);
    } catch (error) {
      // Someone has taken it out meanwhile, or deleted the group.
      if (!isCode(error, RESULT.noSuchAttribute, RESULT.noSuchObject)) throw error;
    }
  }

  /** What an empty group holds where its class allows none. */
  placeholder(model: Model, names: Names) {
    const [line] = model.relations;
    if (line === undefined || !model.classes.includes(NEVER_EMPTY)) return undefined;
    if ((names.get(line.attribute)?.length ?? 0) > 0) return undefined;
    return { attribute: line.attribute, value: model.container };
  }

  /** Whether changes may have taken the last element of what can have a placeholder. */
  empties({ relations: [line] }: Model, changes: readonly Change[]): boolean {
    return changes.some(
      ({ operation, attribute }) => operation === 'delete' && attribute === line?.attribute,
    );
  }

  /** The changes together with those of the placeholder. */
  fill(
    model: Model,
    before: boolean,
    after: boolean,
    changes: readonly Change[],
  ): readonly Change[] {
    const [line] = model.relations;
    if (line === undefined || before === after) return changes;
    const operation = after ? 'add' : 'delete';
    const values = [Buffer.from(model.container)];
    return [...changes, { operation, attribute: line.attribute, values }];
  }
}

function alike(one: string, other: string): BackendError {
  const [a, b] = [JSON.stringify(one), JSON.stringify(other)];
  return new BackendError('unsupported', `The directory cannot tell ${a} from ${b}.`);
}

function typesOf(
  elements: readonly RelationElement[],
  missing: ReadonlySet<string>,
): Record<string, string> {
  const typed = elements.flatMap(({ value, type }) =>
    type === undefined || !missing.has(value) ? [] : [[value, type] as const],
  );
  return Object.fromEntries(typed);
}

/** Without relations of which nothing is to be kept. */
function known(types: ElementTypes): ElementTypes {
  return Object.fromEntries(Object.entries(types).filter(([, own]) => Object.keys(own).length > 0));
}

function growth(attribute: string, changes: readonly Change[]): number {
  const own = changes.filter((change) => change.attribute === attribute);
  return own.reduce(
    (sum, { operation, values }) => sum + (operation === 'add' ? values.length : -values.length),
    0,
  );
}

function changesTo(
  attribute: string,
  added: readonly string[],
  removed: readonly string[],
): readonly Change[] {
  const values = (names: readonly string[]) => names.map((name) => Buffer.from(name));
  return [
    ...(removed.length > 0
      ? [{ operation: 'delete' as const, attribute, values: values(removed) }]
      : []),
    ...(added.length > 0 ? [{ operation: 'add' as const, attribute, values: values(added) }] : []),
  ];
}

/** Each once, as a server counts them. */
function distinct(names: Iterable<string>): readonly string[] {
  return [...new Map([...names].map((name) => [dnKey(name), name])).values()];
}

/** Names of the one whose identities the other does not have. */
function without(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): readonly string[] {
  const identities = new Set(other.values());
  return [...one].flatMap(([name, identity]) => (identities.has(identity) ? [] : [name]));
}

function filtered(
  possible: ReadonlyMap<string, readonly string[]>,
  keep: (name: string) => boolean,
): ReadonlyMap<string, readonly string[]> {
  return new Map([...possible].map(([value, names]) => [value, names.filter(keep)]));
}

function elementsOf(value: Json | undefined): readonly RelationElement[] {
  if (!isArray(value)) return [];
  return value.filter(
    (element): element is RelationElement => isObject(element) && typeof element.value === 'string',
  );
}
