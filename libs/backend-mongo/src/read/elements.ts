import { pieces, type RelationElement } from '#backend';
import type { Database, Session } from '../connection/database.js';
import type { RelationLayout, TypeLayout } from '../layout/layout.js';
import {
  type Derived,
  type ElementDocument,
  holds,
  isServed,
  type ResourceDocument,
} from '../mongo.document.js';

/** From when to when a resource has which elements. */
export type Moment = Pick<Derived, 'seq' | 'born'>;

/** Reads elements of relations, as their holders had them at one moment. */
export class Elements {
  constructor(private readonly database: Database) {}

  /** The elements of holders at the moments they were read at, in order, by id. */
  async of(
    { collection }: RelationLayout,
    moments: ReadonlyMap<string, Moment>,
  ): Promise<ReadonlyMap<string, readonly RelationElement[]>> {
    const found = new Map<string, ElementDocument[]>();
    for (const piece of pieces([...moments.keys()])) {
      const [only] = piece;
      const of = piece.length === 1 && only !== undefined ? only : { $in: [...piece] };
      const cursor = this.rows(collection).find(
        { id: of },
        { projection: { _id: 0, ended: 0 }, batchSize: BATCH, ...this.database.options() },
      );
      await this.database.run(async () => {
        for await (const row of cursor) {
          const moment = moments.get(row.id);
          if (moment === undefined || !holds(moment, row)) continue;
          const rows = found.get(row.id);
          if (rows === undefined) found.set(row.id, [row]);
          else rows.push(row);
        }
      });
    }
    return new Map([...found].map(([id, rows]) => [id, rows.sort(byPlace).map(elementOf)]));
  }

  /**
   * Ids of the holders that have a value now.
   * @returns undefined when they are more than `most`
   */
  async holdersOf(
    layout: TypeLayout,
    { collection }: RelationLayout,
    value: string,
    most: number,
  ): Promise<readonly string[] | undefined> {
    const rows = await this.database.run(() =>
      this.rows(collection)
        .find({ value }, { limit: most + 1, ...this.database.options() })
        .toArray(),
    );
    if (rows.length > most) return undefined;
    const moments = await this.moments(layout, [...new Set(rows.map(({ id }) => id))]);
    const held = rows.filter((row) => {
      const moment = moments.get(row.id);
      return moment !== undefined && holds(moment, row);
    });
    return [...new Set(held.map(({ id }) => id))];
  }

  /** Values that a holder has now. @returns undefined when they are more than `most` */
  async valuesOf(
    layout: TypeLayout,
    { collection }: RelationLayout,
    id: string,
    most: number,
  ): Promise<readonly string[] | undefined> {
    const moment = (await this.moments(layout, [id])).get(id);
    if (moment === undefined) return [];
    const rows = await this.database.run(() =>
      this.rows(collection)
        .find(heldAt(id, moment), { limit: most + 1, ...this.database.options() })
        .toArray(),
    );
    return rows.length > most ? undefined : rows.map(({ value }) => value);
  }

  /** How many elements a holder has now, counted up to `most`; undefined: no such holder. */
  async count(
    layout: TypeLayout,
    { collection }: RelationLayout,
    id: string,
    most: number,
  ): Promise<number | undefined> {
    const moment = (await this.moments(layout, [id])).get(id);
    if (moment === undefined) return undefined;
    return this.database.run(() =>
      this.rows(collection).countDocuments(heldAt(id, moment), {
        limit: most,
        ...this.database.options(),
      }),
    );
  }

  /** The present moments of those that are served. */
  async moments(
    { collection }: TypeLayout,
    ids: readonly string[],
    session?: Session,
  ): Promise<ReadonlyMap<string, Moment>> {
    const found = new Map<string, Moment>();
    for (const piece of pieces(ids)) {
      const documents = await this.database.run(() =>
        this.database
          .collection<ResourceDocument>(collection)
          .find(
            { _id: { $in: [...piece] } },
            {
              projection: { '_scim.seq': 1, '_scim.born': 1, '_scim.created': 1 },
              ...this.database.options(session),
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

  private rows(collection: string) {
    return this.database.collection<ElementDocument>(collection);
  }
}

/** Elements that a holder has at a moment. */
export function heldAt(id: string, { seq, born }: Moment) {
  return { id, since: { $gte: born, $lte: seq }, until: { $gt: seq } };
}

function byPlace(a: ElementDocument, b: ElementDocument): number {
  return a.since - b.since || a.place - b.place;
}

function elementOf({ value, type }: ElementDocument): RelationElement {
  return typeof type === 'string' ? { value, type } : { value };
}

/** Documents of one message of a cursor. */
const BATCH = 10_000;
