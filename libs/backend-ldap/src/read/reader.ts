import { displayOf, type ReadOptions, type Stored } from '#backend';
import type { MutableJsonObject } from '#scim';
import { type Decoded, decode, type ElementTypes, withReference } from '../mapping/ldap.mapping.js';
import { displayAttribute, type Model } from '../mapping/model.js';
import { entryOrder } from '../mapping/order.js';
import { valuesOf } from '../mapping/syntax.js';
import type { Entry } from '../port/directory.js';
import type { Pool } from '../port/pool.js';
import { resourcesThat, type Tree } from '../server/tree.js';
import type { BackLinks } from './back-links.js';
import type { Element, Elements } from './elements.js';
import type { Holders } from './holders.js';

/** Reads entries as resources. */
export class Reader {
  /** What resources were read from that may be asked for more; kept as long as they are. */
  private readonly origins = new WeakMap<Stored, Decoded>();

  constructor(
    private readonly pool: Pool,
    private readonly tree: Tree,
    private readonly holders: Holders,
    private readonly elements: Elements,
    private readonly links: BackLinks,
  ) {}

  /** What is read of an entry so that these relations, and any computed attribute, can be shown. */
  selection(model: Model, expand: readonly string[] = []): readonly string[] {
    const relations = relationsIn(model, expand).map(({ attribute }) => attribute);
    const links = model.type.inverses.length > 0 ? this.links.attributes : [];
    return [...model.selection, ...relations, ...links];
  }

  async one(model: Model, id: string, expand?: readonly string[]): Promise<Decoded | undefined> {
    const entry = await this.tree.locate(model, id, this.selection(model, expand));
    return entry && (await this.decoded(model, [[id, entry]]))[0];
  }

  /** Entries as resources, in their order; what has no id is left out. */
  decode(model: Model, entries: readonly Entry[]): Promise<readonly Decoded[]> {
    const known = entries.flatMap((entry): readonly (readonly [string, Entry])[] => {
      const id = this.tree.idOf(model, entry);
      return id === undefined ? [] : [[id, entry]];
    });
    return this.decoded(model, known);
  }

  /** The order key of an entry whose id the server has made. */
  orderOf(model: Model, entry: Entry): string | undefined {
    const id = this.tree.idOf(model, entry);
    return id === undefined ? undefined : entryOrder(model, entry, id);
  }

  /** The resources with the named relations and computed attributes. */
  async expanded(
    model: Model,
    decoded: readonly Decoded[],
    { expand = [] }: ReadOptions,
  ): Promise<readonly Stored[]> {
    const relations = relationsIn(model, expand);
    const inverses = model.type.inverses.filter(({ attribute }) => expand.includes(attribute.name));
    if (relations.length === 0 && inverses.length === 0) return decoded.map(({ stored }) => stored);
    const computed = await Promise.all(
      inverses.map(async (inverse) => ({
        name: inverse.attribute.name,
        elements: await this.holders.of(model, inverse, decoded),
      })),
    );
    const related = await Promise.all(
      relations.map(async ({ relation, attribute }) => ({
        name: relation.attribute.name,
        elements: await this.elements.of(
          relation,
          decoded.map(({ entry }) => (entry.attributes.get(attribute) ?? []).map(String)),
        ),
      })),
    );
    return decoded.map(({ stored, types }, i) => {
      const added: MutableJsonObject = {};
      for (const { name, elements } of related) {
        const own = (elements[i] ?? []).map((element) => withType(element, types[name]));
        if (own.length > 0) added[name] = own;
      }
      for (const { name, elements } of computed) {
        const holders = elements.get(stored.id) ?? [];
        if (holders.length > 0) added[name] = holders;
      }
      return { ...stored, ...added };
    });
  }

  /** Resources of a list with what it did not read; those that are gone are left out. */
  async completed(
    model: Model,
    resources: readonly Stored[],
    expand: readonly string[],
  ): Promise<readonly Stored[]> {
    // Computed attributes need no more than was read; relations are read along with their version.
    const again = relationsIn(model, expand).length > 0;
    const known = again ? [] : resources.flatMap((stored) => this.origins.get(stored) ?? []);
    const ids = resources.map(({ id }) => id);
    const decoded = known.length === ids.length ? known : await this.all(model, ids, expand);
    return this.expanded(model, decoded, { expand });
  }

  /** The resources of these ids that exist, in their order. */
  async all(
    model: Model,
    ids: readonly string[],
    expand: readonly string[],
  ): Promise<readonly Decoded[]> {
    const entries = await this.tree.locateAll(model, ids, this.selection(model, expand));
    const found = ids.flatMap((id): readonly (readonly [string, Entry])[] => {
      const entry = entries.get(id);
      return entry === undefined ? [] : [[id, entry]];
    });
    return this.decoded(model, found);
  }

  /** What others show of these resources. */
  async displays(
    model: Model,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, string | undefined>> {
    const mapped = displayAttribute(model);
    if (mapped === undefined) return this.displaysOf(model, ids);
    // Most show it in the attribute; the rest, which is long, is read of those that do not.
    const entries = await this.tree.locateAll(model, ids, [mapped.attribute.name]);
    const shown = [...entries].flatMap(([id, { attributes }]) => {
      const [display] = valuesOf(mapped.attribute, attributes);
      return display === undefined ? [] : [[id, display] as const];
    });
    const found = new Map<string, string | undefined>(shown);
    const others = [...entries.keys()].filter((id) => !found.has(id));
    return new Map([...found, ...(await this.displaysOf(model, others))]);
  }

  private async displaysOf(
    model: Model,
    ids: readonly string[],
  ): Promise<Map<string, string | undefined>> {
    const rows = model.mapped.filter(({ path }) => path.attribute === model.type.display);
    const names = [model.rest, ...rows.map(({ attribute }) => attribute)].map(({ name }) => name);
    const entries = await this.tree.locateAll(model, ids, names);
    return new Map(
      [...entries].map(([id, entry]) => [
        id,
        displayOf(model.type, decode(model, entry, id).stored),
      ]),
    );
  }

  /** Everything below a unit, page by page. */
  async *scan(model: Model, options: ReadOptions): AsyncGenerator<readonly Decoded[]> {
    const request = {
      ...resourcesThat(model),
      attributes: this.selection(model, options.expand),
    };
    for await (const entries of this.pool.scan(request)) {
      options.signal?.throwIfAborted();
      yield await this.decode(model, entries);
    }
  }

  private async decoded(
    model: Model,
    entries: readonly (readonly [id: string, entry: Entry])[],
  ): Promise<readonly Decoded[]> {
    const decoded = await this.referring(entries.map(([id, entry]) => decode(model, entry, id)));
    if (model.type.inverses.length > 0) {
      for (const one of decoded) this.origins.set(one.stored, one);
    }
    return decoded;
  }

  /** With what entries refer to by now, where others have changed that. */
  private async referring(decoded: readonly Decoded[]): Promise<readonly Decoded[]> {
    const names = decoded.flatMap((one) => one.changedReferences.flatMap(({ dn }) => dn ?? []));
    const changed = decoded.some((one) => one.changedReferences.length > 0);
    if (!changed) return decoded;
    const ids = new Map<string, string>();
    for (const model of this.tree.models.values()) {
      for (const [key, entry] of await this.tree.named(model, [...new Set(names)])) {
        const id = this.tree.idOf(model, entry);
        if (id !== undefined) ids.set(key, id);
      }
    }
    return decoded.map((one) => ({
      ...one,
      stored: one.changedReferences.reduce((stored, { path, dn }) => {
        const id = dn === undefined ? undefined : ids.get(this.tree.nameKey(dn));
        return withReference(stored, path, id);
      }, one.stored),
    }));
  }
}

/** An element that names no resource, with the type that it came with. */
function withType(element: Element, types: ElementTypes[string] = {}): Element {
  const type = element.type === undefined ? types[element.value] : undefined;
  return type === undefined ? element : { ...element, type };
}

function relationsIn(model: Model, expand: readonly string[]): Model['relations'] {
  return model.relations.filter(({ relation }) => expand.includes(relation.attribute.name));
}
