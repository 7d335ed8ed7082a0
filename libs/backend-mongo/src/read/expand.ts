import { inverseElement, pieces, type RelationElement, type Stored, withElements } from '#backend';
import type { Database } from '../connection/database.js';
import type { InverseLayout, TypeLayout } from '../layout/layout.js';
import {
  type Derived,
  type ElementDocument,
  holds,
  isServed,
  type ResourceDocument,
  type ServedDocument,
  WITHOUT_KEYS,
} from '../mongo.document.js';
import { parseDisplay, storedOf } from '../mongo.mapping.js';
import { type Elements, type Moment } from './elements.js';

/** A resource and the moment it was read at. */
export interface Read {
  readonly stored: Stored;
  readonly moment: Moment;
}

export function readOf(document: ServedDocument): Read {
  const { seq, born } = document._scim;
  return { stored: storedOf(document), moment: { seq, born } };
}

/** Adds the named relations and computed attributes to resources; no other is looked at. */
export class Expander {
  constructor(
    private readonly database: Database,
    private readonly elements: Elements,
  ) {}

  /**
   * The elements that come with a resource are those of its version: they say from which change of
   * it to which they hold, so that nothing has to be read twice, however often others write.
   */
  async expand(
    layout: TypeLayout,
    resources: readonly Read[],
    names: readonly string[] = [],
  ): Promise<readonly Stored[]> {
    let result = resources.map(({ stored }) => stored);
    if (result.length === 0) return result;
    for (const relation of layout.relations) {
      if (!names.includes(relation.name)) continue;
      const moments = new Map(resources.map(({ stored, moment }) => [stored.id, moment]));
      const found = await this.elements.of(relation, moments);
      result = result.map((stored) =>
        withElements(stored, relation.name, found.get(stored.id) ?? []),
      );
    }
    for (const inverse of layout.inverses()) {
      if (!names.includes(inverse.name)) continue;
      const found = await this.holders(result, inverse);
      result = result.map((stored) =>
        withElements(stored, inverse.name, found.get(stored.id) ?? []),
      );
    }
    return result;
  }

  /** Resources that were read before, as they are now; those that are gone are left out. */
  async again(layout: TypeLayout, ids: readonly string[]): Promise<readonly Read[]> {
    const found = new Map<string, Read>();
    for (const piece of pieces(ids)) {
      const documents = await this.database.run(() =>
        this.database
          .collection<ResourceDocument>(layout.collection)
          .find(
            { _id: { $in: [...piece] } },
            { projection: WITHOUT_KEYS, ...this.database.options() },
          )
          .toArray(),
      );
      for (const document of documents) {
        if (isServed(document)) found.set(document._id, readOf(document));
      }
    }
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  /** The resources that hold each of these, oldest first. */
  private async holders(
    resources: readonly Stored[],
    { inverse, holder, relation, before }: InverseLayout,
  ): Promise<ReadonlyMap<string, readonly RelationElement[]>> {
    const ids = await this.meant(
      resources.map(({ id }) => id),
      before,
    );
    const rows: ElementDocument[] = [];
    for (const piece of pieces(ids)) {
      const found = await this.database.run(() =>
        this.database
          .collection<ElementDocument>(relation.collection)
          .find({ value: { $in: [...piece] } }, this.database.options())
          .toArray(),
      );
      rows.push(...found);
    }
    const holders = await this.derived(holder, [...new Set(rows.map(({ id }) => id))]);
    const found = new Map<string, Map<string, Derived>>();
    for (const row of rows) {
      const derived = holders.get(row.id);
      if (derived === undefined || !holds(derived, row)) continue;
      const of = found.get(row.value) ?? new Map<string, Derived>();
      found.set(row.value, of.set(row.id, derived));
    }
    return new Map(
      [...found].map(([value, of]) => [
        value,
        [...of]
          .sort(byCreation)
          .map(([id, { display }]) => inverseElement(inverse, id, parseDisplay(display))),
      ]),
    );
  }

  /** Ids that mean a resource of this type: the relation looks into some others first. */
  private async meant(
    ids: readonly string[],
    before: readonly TypeLayout[],
  ): Promise<readonly string[]> {
    let open = ids;
    for (const type of before) {
      const there = await this.elements.moments(type, open);
      open = open.filter((id) => !there.has(id));
    }
    return open;
  }

  private async derived(
    { collection }: TypeLayout,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Derived>> {
    const found = new Map<string, Derived>();
    for (const piece of pieces(ids)) {
      const documents = await this.database.run(() =>
        this.database
          .collection<ResourceDocument>(collection)
          .find(
            { _id: { $in: [...piece] } },
            {
              projection: {
                '_scim.seq': 1,
                '_scim.born': 1,
                '_scim.created': 1,
                '_scim.display': 1,
              },
              ...this.database.options(),
            },
          )
          .toArray(),
      );
      for (const document of documents) {
        if (isServed(document)) found.set(document._id, document._scim);
      }
    }
    return found;
  }
}

function byCreation([a, one]: [string, Derived], [b, other]: [string, Derived]): number {
  if (one.created !== other.created) return one.created < other.created ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b)); // by code point, as lists are
}
