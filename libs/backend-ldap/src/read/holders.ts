import { displayOf, inTurn, inverseElement } from '#backend';
import { type Inverse, type JsonObject, sortResources } from '#scim';
import { type Decoded, decode } from '../mapping/ldap.mapping.js';
import type { Model } from '../mapping/model.js';
import type { Entry } from '../port/directory.js';
import type { Pool } from '../port/pool.js';
import { resourcesThat, type Tree } from '../server/tree.js';
import type { BackLinks } from './back-links.js';

type Elements = readonly JsonObject[];

/** The resources that hold others in a relation, which makes `User.groups`. */
export class Holders {
  constructor(
    private readonly pool: Pool,
    private readonly tree: Tree,
    private readonly links: BackLinks,
  ) {}

  /** The elements of a computed attribute, oldest first, by the id of the resource. */
  async of(
    model: Model,
    inverse: Inverse,
    resources: readonly Decoded[],
  ): Promise<ReadonlyMap<string, Elements>> {
    const holder = this.tree.model(inverse.type);
    const line = holder.relations.find(
      ({ relation }) => relation.attribute.name === inverse.relation,
    );
    if (line === undefined) return new Map();
    const link = this.links.of(inverse, line.attribute);
    const found =
      link === undefined
        ? await inTurn(resources, async (one) => {
            const holders = await this.search(model, holder, line, one);
            const said = this.linked(holder, one.entry, this.links.attributes);
            const names = holders.map(({ entry }) => entry.dn);
            this.links.observe(inverse, line.attribute, one.entry.dn, said, names);
            return holders;
          })
        : await this.follow(inverse, holder, line.attribute, resources, link);
    return new Map(
      resources.map(({ stored }, i) => [stored.id, elementsOf(inverse, holder, found[i] ?? [])]),
    );
  }

  /** One search by an indexed attribute. */
  private async search(
    model: Model,
    holder: Model,
    { relation, attribute }: Model['relations'][number],
    { entry, stored }: Decoded,
  ): Promise<readonly Decoded[]> {
    const possible = this.tree.possibleNames(relation.types, stored.id);
    const own = this.tree.nameOf(model, stored.id);
    // An id may exist in two types; the element then means the first of them.
    const names = new Set([entry.dn, ...(possible[0] === own ? possible : [])]);
    const entries = await this.pool.find({
      ...resourcesThat(holder, {
        kind: 'or',
        operands: [...names].map((value) => ({ kind: 'equal', attribute, value })),
      }),
      attributes: holder.selection,
    });
    return entries.flatMap((one) => this.decoded(holder, one));
  }

  /**
   * Each resource that a link names is read once, whoever it holds. Some servers name groups of
   * groups too, which hold no one themselves: where one link is named by another, it is looked at.
   */
  private async follow(
    inverse: Inverse,
    holder: Model,
    attribute: string,
    resources: readonly Decoded[],
    link: string,
  ): Promise<readonly (readonly Decoded[])[]> {
    const links = resources.map(({ entry }) => this.linked(holder, entry, [link]));
    const names = [...new Set(links.flat())];
    const selection = [...holder.selection, link];
    const entries = await inTurn(names, (name) => this.pool.read(name, selection));
    const byName = new Map<string, readonly Decoded[]>();
    const above = new Map<string, ReadonlySet<string>>();
    for (const [i, name] of names.entries()) {
      const entry = entries[i];
      byName.set(name, entry === undefined ? [] : this.decoded(holder, entry));
      const linked = entry === undefined ? [] : this.linked(holder, entry, [link]);
      above.set(name, new Set(linked.map((one) => this.tree.nameKey(one))));
    }
    const direct = await inTurn([...links.entries()], ([i, some]) => {
      const isDirect = async (name: string) => {
        const key = this.tree.nameKey(name);
        if (!some.some((other) => above.get(other)?.has(key))) return [name];
        const value = resources[i]?.entry.dn ?? '';
        const held = await this.pool.read(name, ['1.1'], { kind: 'equal', attribute, value });
        if (held === undefined) this.links.distrust(inverse);
        return held === undefined ? [] : [name];
      };
      return Promise.all(some.map(isDirect));
    });
    return direct.map((some) => some.flat().flatMap((name) => byName.get(name) ?? []));
  }

  /** What an entry says of who holds it, as far as they are resources of that type. */
  private linked(holder: Model, entry: Entry, attributes: readonly string[]): readonly string[] {
    return attributes
      .flatMap((attribute) => entry.attributes.get(attribute) ?? [])
      .map((name) => name.toString())
      .filter((name) => this.tree.isResource(holder, name));
  }

  private decoded(holder: Model, entry: Entry): readonly Decoded[] {
    const id = this.tree.idOf(holder, entry);
    return id === undefined ? [] : [decode(holder, entry, id)];
  }
}

function elementsOf(inverse: Inverse, holder: Model, holders: readonly Decoded[]): Elements {
  const resources = holders.map(({ stored }) => stored);
  return sortResources(resources, undefined).map((stored) =>
    inverseElement(inverse, stored.id, displayOf(holder.type, stored)),
  );
}
