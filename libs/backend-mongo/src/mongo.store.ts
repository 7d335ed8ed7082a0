import {
  type Deletion,
  type DeltaResult,
  type Draft,
  type NativePage,
  pieces,
  type Query,
  type ReadOptions,
  type RelationDelta,
  type ResourceStore,
  type Stored,
  type WriteContext,
} from '#backend';
import type { Database } from './connection/database.js';
import type { MongoQuery } from './filter/condition.js';
import { lookUp } from './filter/look-up.js';
import type { TypeLayout } from './layout/layout.js';
import { isServed, type ResourceDocument, WITHOUT_KEYS } from './mongo.document.js';
import { SERVED } from './mongo.filter.js';
import { isPossibleId, parseDisplay } from './mongo.mapping.js';
import type { Counts } from './read/counts.js';
import { type Elements } from './read/elements.js';
import { type Expander, type Read, readOf } from './read/expand.js';
import { nativeQuery, type Page } from './read/mongo.query.js';
import type { Marks } from './start/marks.js';
import type { MongoWriter } from './write/mongo.writer.js';

/** Documents read at once by what reads all of them. */
const BATCH = 500;

/** What the stores of a database share. */
export interface Parts {
  readonly database: Database;
  readonly elements: Elements;
  readonly expander: Expander;
  readonly counts: Counts;
  readonly marks: Marks;
  readonly writer: MongoWriter;
}

/** The resources of one type. */
export class MongoStore implements ResourceStore {
  private readonly database: Database;

  constructor(
    private readonly layout: TypeLayout,
    private readonly parts: Parts,
  ) {
    this.database = parts.database;
  }

  async *scan(options: ReadOptions = {}): AsyncGenerator<Stored> {
    yield* this.stream(SERVED, options);
  }

  async get(id: string, options: ReadOptions = {}): Promise<Stored | undefined> {
    options.signal?.throwIfAborted();
    if (!isPossibleId(id)) return undefined;
    const document = await this.database.run(() =>
      this.collection.findOne(
        { _id: id },
        { projection: WITHOUT_KEYS, ...this.database.options() },
      ),
    );
    if (!isServed(document)) return undefined;
    const { expander } = this.parts;
    const [expanded] = await expander.expand(this.layout, [readOf(document)], options.expand);
    return expanded;
  }

  put(draft: Draft, context: WriteContext): Promise<Stored> {
    return this.parts.writer.put(this.layout, draft, context);
  }

  delete(id: string, context: WriteContext): Promise<Deletion | undefined> {
    return this.parts.writer.delete(this.layout, id, context);
  }

  applyDelta(
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<DeltaResult | undefined> {
    return this.parts.writer.applyDelta(this.layout, id, deltas, context);
  }

  async query(query: Query): Promise<NativePage> {
    query.signal?.throwIfAborted();
    const { marks, elements, expander } = this.parts;
    const others = query.filter || query.sort ? await marks.others(this.layout) : [];
    const found = await lookUp(this.database, elements, this.layout, query.filter);
    const { condition, page } = nativeQuery(this.layout, query, found);
    if (page === undefined || others.length > 0) {
      const residual = others.length === 0 ? condition.residual : query.filter;
      return {
        items: this.stream(marks.including(others, condition.query), query),
        sorted: false,
        paged: false,
        ...(residual === undefined ? {} : { residual }),
      };
    }
    const read = query.limit > 0 ? await this.read(page) : [];
    return {
      items: await expander.expand(this.layout, read, query.expand),
      total: await this.total(query, condition.query, read.length),
      sorted: true,
      paged: true,
    };
  }

  /** A page that is not full ends where the list does; the number of everything is kept. */
  private async total(
    { start, limit, filter }: Query,
    query: MongoQuery,
    length: number,
  ): Promise<number> {
    const known = 'offset' in start && length < limit && (length > 0 || start.offset === 0);
    if (known && 'offset' in start) return start.offset + length;
    if (filter === undefined) return this.parts.counts.of(this.layout);
    return this.database.run(() =>
      this.collection.countDocuments({ ...SERVED, ...query }, this.database.options()),
    );
  }

  private async read(page: Page): Promise<readonly Read[]> {
    const options = this.database.options();
    const documents = await this.database.run(() => {
      if (page.kind === 'aggregate') {
        const pipeline = [...page.pipeline];
        return this.collection
          .aggregate<ResourceDocument>(pipeline, { allowDiskUse: true, ...options })
          .toArray();
      }
      const { query, sort, skip, limit } = page;
      return this.collection
        .find(query, { projection: WITHOUT_KEYS, allowDiskUse: true, ...options })
        .sort({ ...sort })
        .skip(skip)
        .limit(limit)
        .toArray();
    });
    return documents.filter(isServed).map(readOf);
  }

  async expand(
    resources: readonly Stored[],
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly Stored[]> {
    signal?.throwIfAborted();
    if (resources.length === 0 || names.length === 0) return resources;
    const ids = resources.map(({ id }) => id);
    const read = await this.parts.expander.again(this.layout, ids);
    return this.parts.expander.expand(this.layout, read, names);
  }

  async displays(ids: readonly string[]): Promise<ReadonlyMap<string, string | undefined>> {
    const found = new Map<string, string | undefined>();
    for (const piece of pieces(ids.filter(isPossibleId))) {
      const documents = await this.database.run(() =>
        this.collection
          .find(
            { _id: { $in: [...piece] } },
            {
              projection: { '_scim.created': 1, '_scim.display': 1 },
              ...this.database.options(),
            },
          )
          .toArray(),
      );
      for (const document of documents) {
        if (isServed(document)) found.set(document._id, parseDisplay(document._scim.display));
      }
    }
    return found;
  }

  async isSmall(id: string, relation: string, most: number): Promise<boolean> {
    const own = this.layout.relations.find(({ name }) => name === relation);
    if (own === undefined || !isPossibleId(id)) return false;
    const count = await this.parts.elements.count(this.layout, own, id, most + 1);
    return count !== undefined && count <= most;
  }

  /** A batch at a time, so that memory does not grow, and no cursor is lost with its server. */
  private async *stream(
    query: MongoQuery,
    { expand, signal }: ReadOptions,
  ): AsyncGenerator<Stored> {
    let after: string | undefined;
    for (;;) {
      signal?.throwIfAborted();
      const later = after === undefined ? query : afterId(query, after);
      const documents = await this.database.run(() =>
        this.collection
          .find(later, { projection: WITHOUT_KEYS, ...this.database.options() })
          .sort({ _id: 1 })
          .limit(BATCH)
          .toArray(),
      );
      const read = documents.filter(isServed).map(readOf);
      yield* await this.parts.expander.expand(this.layout, read, expand);
      after = documents.at(-1)?._id;
      if (documents.length < BATCH) return;
    }
  }

  private get collection() {
    return this.database.collection<ResourceDocument>(this.layout.collection);
  }
}

function afterId(query: MongoQuery, id: string): MongoQuery {
  const later = { _id: { $gt: id } };
  return Object.hasOwn(query, '_id') ? { $and: [query, later] } : { ...query, ...later };
}
