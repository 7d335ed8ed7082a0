import { setTimeout as delay } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import {
  type EventRecord,
  type Operation,
  pieces,
  type RelationElement,
  type Stored,
  type WriteContext,
} from '#backend';
import { NOW } from '../connection/clock.js';
import type { Database, Session } from '../connection/database.js';
import { unavailable } from '../connection/failure.js';
import type { MongoQuery } from '../filter/condition.js';
import type { Layout, RelationLayout, TypeLayout } from '../layout/layout.js';
import {
  type ElementDocument,
  FOREVER,
  isServed,
  type ResourceDocument,
  type ServedDocument,
} from '../mongo.document.js';
import { storedOf, touchedFields } from '../mongo.mapping.js';
import type { OutboxDocument } from './mongo.outbox.js';
import type { RemovedDocument } from './upkeep.js';

/** A resource that nobody else changes until the step is over, or in vain. */
export interface Held {
  readonly document: ServedDocument;
  readonly stored: Stored;
  /** What the document still has to be when it is written. */
  readonly guard: MongoQuery;
}

/** How long another writer may hold a resource of a server without transactions, in ms. */
const LEASE = 30_000;
const POLL = 20;

/**
 * One write: all of it in a transaction, or, on a server that has none, in an order in which the
 * last document that is written decides whether anything happened. Elements of relations are
 * written before their holder: until its `seq` has grown, nobody sees them.
 */
export class Step {
  private last = 0;
  private readonly held: { layout: TypeLayout; id: string; by: string; seq: number }[] = [];

  constructor(
    private readonly database: Database,
    private readonly layout: Layout,
    readonly session: Session | undefined,
  ) {}

  /** A number behind all of these and behind the clock; each is there once in a step. */
  next(...after: readonly number[]): number {
    this.last = Math.max(this.last, Date.now() * 1000, ...after) + 1;
    return this.last;
  }

  async find(layout: TypeLayout, ids: readonly string[]): Promise<readonly Held[]> {
    const found: Held[] = [];
    for (const piece of pieces(ids)) {
      const documents = await this.resources(layout)
        .find({ _id: { $in: [...piece] } }, this.options)
        .toArray();
      for (const document of documents) if (isServed(document)) found.push(this.asHeld(document));
    }
    return found;
  }

  /** Undefined: there is no such resource. */
  async hold(layout: TypeLayout, id: string): Promise<Held | undefined> {
    // A resource without relations is one document: comparing and setting it is one operation.
    if (this.session !== undefined || layout.relations.length === 0) {
      const document = await this.resources(layout).findOne({ _id: id }, this.options);
      return isServed(document) ? this.asHeld(document) : undefined;
    }
    const by = crypto.randomUUID();
    for (const deadline = performance.now() + LEASE; ; await delay(POLL)) {
      const document = await this.resources(layout).findOneAndUpdate(
        { _id: id, '_scim.created': { $gte: '' } },
        lockBy(by),
        { returnDocument: 'after', ...this.options },
      );
      if (!isServed(document)) return undefined;
      const { lock, seq } = document._scim;
      if (lock?.by === by) {
        this.held.push({ layout, id, by, seq });
        if (lock.after) await this.undo(layout, id, seq);
        return { document, stored: storedOf(document), guard: { _id: id, '_scim.lock.by': by } };
      }
      if (performance.now() > deadline) throw unavailable('another writer holds the resource');
    }
  }

  /** Without a transaction: takes back what this step wrote, and lets go of what it holds. */
  async letGo(failed: boolean): Promise<void> {
    for (const { layout, id, by, seq } of this.held.splice(0)) {
      const mine = { _id: id, '_scim.lock.by': by };
      const isMine = (await this.resources(layout).countDocuments(mine, this.options)) > 0;
      if (!isMine) continue; // done, or too slow: then the next one has taken it back
      if (failed) await this.undo(layout, id, seq);
      await this.resources(layout).updateOne(mine, { $unset: { '_scim.lock': 1 } }, this.options);
    }
  }

  async insert(layout: TypeLayout, document: ServedDocument): Promise<void> {
    await this.resources(layout).insertOne({ ...document }, this.options);
  }

  /** @returns whether the resource was still what it was */
  async replace(layout: TypeLayout, { guard }: Held, document: ServedDocument): Promise<boolean> {
    const { matchedCount } = await this.resources(layout).replaceOne(
      guard,
      { ...document },
      this.options,
    );
    return matchedCount === 1;
  }

  /** Only what changes with relations. @returns whether the resource was still what it was */
  async touch(layout: TypeLayout, { guard }: Held, stored: Stored, seq: number): Promise<boolean> {
    const { matchedCount } = await this.resources(layout).updateOne(
      guard,
      { $set: touchedFields(stored, seq), $unset: { '_scim.lock': 1 } },
      this.options,
    );
    return matchedCount === 1;
  }

  /** @returns whether the resource was still what it was */
  async remove(layout: TypeLayout, { guard }: Held): Promise<boolean> {
    const { deletedCount } = await this.resources(layout).deleteOne(guard, this.options);
    return deletedCount === 1;
  }

  /**
   * Those of the values that a holder has; all of them if none are named. What an earlier holder of
   * this id left behind is told apart here: in the query it would invite the database to read all
   * elements of the holder in their order, instead of finding the values.
   */
  async present(
    relation: RelationLayout,
    { document }: Held,
    values?: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const lasting = { id: document._id, until: FOREVER };
    const found = new Set<string>();
    for (const piece of values === undefined ? [undefined] : pieces(values)) {
      const query = piece === undefined ? lasting : { ...lasting, value: { $in: [...piece] } };
      const rows = this.elements(relation).find(query, {
        projection: { _id: 0, value: 1, since: 1 },
        ...this.options,
      });
      for await (const { value, since } of rows) {
        if (since >= document._scim.born) found.add(value);
      }
    }
    return found;
  }

  async add(
    relation: RelationLayout,
    id: string,
    elements: readonly RelationElement[],
    since: number,
  ): Promise<void> {
    const rows = elements.map(
      ({ value, type }, place): ElementDocument => ({
        id,
        value,
        ...(type === undefined ? {} : { type }),
        since,
        place,
        until: FOREVER,
      }),
    );
    for (const piece of pieces(rows, ROWS)) {
      await this.elements(relation).insertMany([...piece], this.options);
    }
  }

  async end(
    relation: RelationLayout,
    id: string,
    values: readonly string[],
    until: number,
  ): Promise<void> {
    for (const piece of pieces(values)) {
      await this.elements(relation).updateMany(
        { id, value: { $in: [...piece] }, until: FOREVER },
        { $set: { until, ended: new Date() } },
        this.options,
      );
    }
  }

  /** The last elements of a value in a relation. */
  async of(relation: RelationLayout, value: string): Promise<readonly ElementDocument[]> {
    return this.elements(relation).find({ value, until: FOREVER }, this.options).toArray();
  }

  /** Elements of an earlier resource with this id, which nobody has removed yet. */
  async forget(relation: RelationLayout, id: string, born: number): Promise<void> {
    await this.elements(relation).deleteMany({ id, since: { $lt: born } }, this.options);
  }

  /**
   * Those of the ids that exist. Each is changed, which is what makes a delete at the same time
   * notice: two transactions that only read what the other one writes would both succeed.
   */
  async take(layout: TypeLayout, ids: readonly string[]): Promise<readonly string[]> {
    const taken: string[] = [];
    for (const piece of pieces(ids)) {
      const served = { _id: { $in: [...piece] }, '_scim.created': { $gte: '' } };
      const documents = await this.resources(layout)
        .find(served, { projection: { _id: 1 }, ...this.options })
        .toArray();
      const found = documents.map(({ _id }) => _id);
      if (found.length > 0) {
        const update = { $inc: { '_scim.held': 1 } };
        await this.database
          .collection<Taken>(layout.collection)
          .updateMany({ _id: { $in: found } }, update, this.options);
      }
      taken.push(...found);
    }
    return taken;
  }

  /** Sees to it that elements without a holder are removed, whatever happens to this process. */
  async note(layout: TypeLayout, id: string, seq: number): Promise<void> {
    const notes = layout.relations.map(
      ({ collection }): RemovedDocument => ({
        _id: `${collection}/${id}/${seq}`,
        elements: collection,
        holders: layout.collection,
        id,
        seq,
        at: new Date(),
      }),
    );
    if (notes.length === 0) return;
    await this.database
      .collection<RemovedDocument>(this.layout.shared.removed)
      .insertMany(notes, this.options);
  }

  /** The event of a change, if there is one to be announced. */
  async record(
    { record }: WriteContext,
    operation: Operation,
    { type }: TypeLayout,
    stored: Stored,
    sequence: number,
  ): Promise<void> {
    if (this.session === undefined) return;
    const event: EventRecord | undefined = record?.({ operation, type, stored });
    if (event === undefined) return;
    await this.database.collection<OutboxDocument>(this.layout.shared.outbox).insertOne(
      {
        _id: crypto.randomUUID(),
        sequence,
        record: JSON.stringify(event),
        recorded: new Date().toISOString(),
        parked: null,
      },
      this.options,
    );
  }

  /** Elements that belong to a change of the holder which never happened. */
  private async undo(layout: TypeLayout, id: string, seq: number): Promise<void> {
    for (const relation of layout.relations) {
      await this.elements(relation).deleteMany({ id, since: { $gt: seq } }, this.options);
      await this.elements(relation).updateMany(
        { id, until: { $gt: seq, $lt: FOREVER } },
        { $set: { until: FOREVER }, $unset: { ended: 1 } },
        this.options,
      );
    }
  }

  private asHeld(document: ServedDocument): Held {
    const { seq } = document._scim;
    return {
      document,
      stored: storedOf(document),
      guard: { _id: document._id, '_scim.seq': seq },
    };
  }

  private get options() {
    return this.database.options(this.session);
  }

  private resources({ collection }: TypeLayout): mongo.Collection<ResourceDocument> {
    return this.database.collection(collection);
  }

  private elements({ collection }: RelationLayout): mongo.Collection<ElementDocument> {
    return this.database.collection(collection);
  }
}

/** What `take` changes. */
interface Taken {
  readonly _id: string;
  readonly _scim: { readonly held: number };
}

/** Elements of one message. */
const ROWS = 5_000;

/** Locks a document where nobody else has, by the clock of the server; leaves it as it is elsewhere. */
function lockBy(by: string): mongo.Document[] {
  const until = { $ifNull: ['$_scim.lock.until', 0] };
  const mine = {
    by,
    until: { $add: [NOW, LEASE] },
    // Whoever had it until then may have left something behind.
    after: { $gt: [until, 0] },
  };
  const lock = { $cond: [{ $lte: [until, NOW] }, mine, '$_scim.lock'] };
  return [{ $set: { '_scim.lock': lock } }];
}
