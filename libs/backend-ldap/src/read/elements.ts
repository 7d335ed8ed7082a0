import { inTurn, stretches } from '#backend';
import type { JsonObject, Relation } from '#scim';
import type { Ava } from '../mapping/dn.js';
import { displayAttribute, type Model } from '../mapping/model.js';
import { coarse, valuesOf } from '../mapping/syntax.js';
import type { Entry } from '../port/directory.js';
import type { Pool } from '../port/pool.js';
import { either } from '../query/ldap.filter.js';
import { resourcesThat, type Tree } from '../server/tree.js';

/** Names that one search looks for. */
const TOGETHER = 200;

export interface Element extends JsonObject {
  readonly value: string;
}

/** A name in one of our units, taken apart. */
interface Place {
  readonly name: string;
  readonly model: Model;
  /** What it is called within the unit. */
  readonly rdn: readonly Ava[];
}

/**
 * What the names in a relation stand for. Others write them in letter case, spacing and escaping of
 * their own, so the entry that a name leads to tells the id, never the name's text. A name that
 * leads nowhere stands for the id that its text says, where an entry made here would have it.
 */
export class Elements {
  constructor(
    private readonly pool: Pool,
    private readonly tree: Tree,
  ) {}

  /**
   * For each list of names, one element for each resource, in the order of the names; with what is
   * known of it by now.
   */
  async of(
    relation: Relation,
    lists: readonly (readonly string[])[],
  ): Promise<readonly (readonly Element[])[]> {
    const found = new Map<string, Element>();
    for await (const names of stretches([...new Set(lists.flat())])) {
      await this.some(relation, names, found);
    }
    return lists.map((names) => {
      const elements = names.flatMap((name) => found.get(name) ?? []);
      return [...new Map(elements.map((element) => [element.value, element])).values()];
    });
  }

  private async some(relation: Relation, names: readonly string[], found: Map<string, Element>) {
    const models = relation.types.map((type) => this.tree.model(type));
    if (models.every(({ assigned }) => assigned)) return this.assigned(models, names, found);
    const places = names.flatMap((name) => this.tree.placeOf(relation.types, name) ?? []);
    const entries = new Map<Place, Entry>();
    for (const model of new Set(places.map((place) => place.model))) {
      const own = places.filter((place) => place.model === model);
      await this.search(model, own, entries);
    }
    for (const place of places) {
      const element = this.element(place, entries.get(place));
      if (element !== undefined) found.set(place.name, element);
    }
  }

  /** Names of servers that make the ids tell neither the type nor the id. */
  private async assigned(
    models: readonly Model[],
    names: readonly string[],
    found: Map<string, Element>,
  ): Promise<void> {
    let open = names;
    for (const model of models) {
      const entries = await this.tree.named(model, open, shownBy(model));
      for (const name of open) {
        const entry = entries.get(this.tree.nameKey(name));
        const element = entry && this.existing(model, entry);
        if (element !== undefined) found.set(name, element);
      }
      open = open.filter((name) => !found.has(name));
      if (open.length === 0) return;
    }
  }

  private element({ model, rdn }: Place, entry: Entry | undefined): Element | undefined {
    if (entry === undefined) {
      const value = this.tree.ownName(model, rdn);
      return value === undefined ? undefined : { value };
    }
    return this.existing(model, entry);
  }

  private existing(model: Model, entry: Entry): Element | undefined {
    const value = this.tree.idOf(model, entry);
    if (value === undefined) return undefined;
    const mapped = displayAttribute(model);
    const [display] = mapped === undefined ? [] : valuesOf(mapped.attribute, entry.attributes);
    return { value, type: model.type.name, ...(display === undefined ? {} : { display }) };
  }

  /** Finds the entries of places in one unit. */
  private async search(
    model: Model,
    places: readonly Place[],
    entries: Map<Place, Entry>,
  ): Promise<void> {
    const byKey = new Map<string, Entry>();
    const alike = new Set<string>();
    const simple = places.filter(({ rdn }) => rdn.length === 1);
    const parts: (readonly Place[])[] = [];
    for (let start = 0; start < simple.length; start += TOGETHER) {
      parts.push(simple.slice(start, start + TOGETHER));
    }
    const attributes = [model.naming.name, 'entryuuid', 'entrydn', ...shownBy(model)];
    const collect = async (part: readonly Place[]) => {
      const operands = part.flatMap(({ rdn }) =>
        rdn.map(({ type, value }) => ({ kind: 'equal', attribute: type, value }) as const),
      );
      const request = { ...resourcesThat(model, either(operands)), attributes };
      for (const entry of await this.pool.find(request)) {
        const key = this.tree.nameKey(entry.dn);
        byKey.set(key, entry);
        alike.add(coarse(key));
      }
    };
    await inTurn(parts, collect, 2);
    const unclear: Place[] = [];
    for (const place of places) {
      const key = this.tree.nameKey(place.name);
      const entry = byKey.get(key);
      if (entry !== undefined) entries.set(place, entry);
      // The server may take more for equal than is told here; it is asked then.
      else if (place.rdn.length > 1 || alike.has(coarse(key))) unclear.push(place);
    }
    await inTurn(unclear, async (place) => {
      const entry = await this.pool.read(place.name, attributes, model.resources);
      if (entry !== undefined) entries.set(place, entry);
    });
  }
}

/** What others show of a resource. */
function shownBy(model: Model): readonly string[] {
  const mapped = displayAttribute(model);
  return mapped === undefined ? [] : [mapped.attribute.name];
}
