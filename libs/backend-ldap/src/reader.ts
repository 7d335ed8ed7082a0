import type { ReadOptions, Stored } from '#backend';
import {
  attributeValue,
  type Inverse,
  type JsonObject,
  type MutableJsonObject,
  type ResourceType,
  sortResources,
} from '#scim';
import { type Decoded, decode } from './ldap.mapping.js';
import type { Model } from './model.js';
import type { Entry } from './port/directory.js';
import type { Pool } from './port/pool.js';
import { RESOURCES, type Tree } from './tree.js';

/** Resources whose relations are looked up at once. */
const AT_ONCE = 16;

/** Reads entries as resources. */
export class Reader {
  constructor(
    private readonly pool: Pool,
    private readonly tree: Tree,
  ) {}

  /** What is read of an entry so that these relations can be shown. */
  selection(model: Model, expand: readonly string[] = []): readonly string[] {
    const relations = model.relations.filter(({ relation }) =>
      expand.includes(relation.attribute.name),
    );
    return [...model.selection, ...relations.map(({ attribute }) => attribute)];
  }

  async one(model: Model, id: string, expand?: readonly string[]): Promise<Decoded | undefined> {
    const entry = await this.tree.locate(model, id, this.selection(model, expand));
    return entry && decode(model, entry, id);
  }

  /** Entries as resources, in their order; what has no id is left out. */
  decode(model: Model, entries: readonly Entry[]): readonly Decoded[] {
    return entries.flatMap((entry) => {
      const id = this.tree.idOf(model, entry);
      return id === undefined ? [] : [decode(model, entry, id)];
    });
  }

  /** Resources that were read without these relations and computed attributes, with them. */
  async withExpanded(
    model: Model,
    resources: readonly Stored[],
    names: readonly string[],
  ): Promise<readonly Stored[]> {
    const ids = resources.map(({ id }) => id);
    const entries = await this.tree.locateAll(model, ids, this.selection(model, names));
    const decoded = ids.flatMap((id) => {
      const entry = entries.get(id);
      return entry === undefined ? [] : [decode(model, entry, id)];
    });
    return this.expanded(model, decoded, { expand: names });
  }

  /** The resources with the named relations and computed attributes. */
  async expanded(
    model: Model,
    decoded: readonly Decoded[],
    { expand = [] }: ReadOptions,
  ): Promise<readonly Stored[]> {
    const relations = model.relations.filter(({ relation }) =>
      expand.includes(relation.attribute.name),
    );
    const inverses = model.type.inverses.filter(({ attribute }) => expand.includes(attribute.name));
    if (relations.length === 0 && inverses.length === 0) return decoded.map(({ stored }) => stored);
    const result: Stored[] = [];
    for (let start = 0; start < decoded.length; start += AT_ONCE) {
      const some = decoded.slice(start, start + AT_ONCE).map(async ({ entry, stored }) => {
        const added: MutableJsonObject = {};
        for (const { relation, attribute } of relations) {
          const names = (entry.attributes.get(attribute) ?? []).map((name) => name.toString());
          const ids = await this.tree.idsOf(relation, names);
          if (ids.length > 0) added[relation.attribute.name] = ids.map((value) => ({ value }));
        }
        for (const inverse of inverses) {
          const holders = await this.#holders(model, inverse, entry.dn, stored.id);
          if (holders.length > 0) added[inverse.attribute.name] = holders;
        }
        return { ...stored, ...added };
      });
      result.push(...(await Promise.all(some)));
    }
    return result;
  }

  /**
   * The resources that hold this one in a relation, oldest first: one search by an indexed
   * attribute. `memberOf` would save it, but tells nothing of members that were added before they
   * existed, or before the overlay was.
   */
  async #holders(
    model: Model,
    inverse: Inverse,
    dn: string,
    id: string,
  ): Promise<readonly JsonObject[]> {
    const holder = this.tree.model(inverse.type);
    const line = holder.relations.find(
      ({ relation }) => relation.attribute.name === inverse.relation,
    );
    if (line === undefined) return [];
    const possible = this.tree.possibleNames(line.relation, id);
    const own = this.tree.nameOf(model, id);
    // An id may exist in two types; the element then means the first of them.
    const names = new Set([dn, ...(possible[0] === own ? possible : [])]);
    const entries = await this.pool.find({
      base: holder.container,
      scope: 'one',
      filter: {
        kind: 'or',
        operands: [...names].map((value) => ({ kind: 'equal', attribute: line.attribute, value })),
      },
      attributes: holder.selection,
    });
    const resources = this.decode(holder, entries).map(({ stored }) => stored);
    // RFC 7643 §4.1.2: `direct`, where the schema knows that word; nested groups are not followed.
    const direct = inverse.attribute.subByName.get('type')?.canonicalValues.includes('direct');
    return sortResources(resources, undefined).map((stored) => {
      const display = displayOf(holder.type, stored);
      return {
        value: stored.id,
        ...(direct ? { type: 'direct' } : {}),
        ...(display === undefined ? {} : { display }),
      };
    });
  }

  /** What others show of these resources. */
  async displays(
    model: Model,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, string | undefined>> {
    const entries = await this.tree.locateAll(model, ids, displaySelection(model));
    const found = new Map<string, string | undefined>();
    for (const [id, entry] of entries) {
      found.set(id, displayOf(model.type, decode(model, entry, id).stored));
    }
    return found;
  }

  /** Everything below a unit, page by page. */
  async *scan(model: Model, options: ReadOptions): AsyncGenerator<readonly Decoded[]> {
    const request = {
      base: model.container,
      scope: 'one',
      filter: RESOURCES,
      attributes: this.selection(model, options.expand),
    } as const;
    for await (const entries of this.pool.scan(request)) {
      options.signal?.throwIfAborted();
      yield this.decode(model, entries);
    }
  }
}

/** Where the display may be: the attribute of its row, and the rest. */
function displaySelection(model: Model): readonly string[] {
  const row = model.rows.find(({ path }) => path.attribute === model.type.display);
  return [model.rest.name, ...(row === undefined ? [] : [row.attribute.name])];
}

function displayOf(type: ResourceType, stored: Stored): string | undefined {
  const value = type.display && attributeValue(stored, type.display);
  return typeof value === 'string' ? value : undefined;
}
