import {
  comparePositions,
  compileFilter,
  type Position,
  positionOf,
  type ResourceType,
} from '#scim';
import type { NativePage, Query, ResourceStore, Stored } from '../../contract.js';
import { TimeSlice, turn } from '../../kit/time-slice.js';
import { withOnly } from '../content.js';
import type { Engine } from '../engine.js';
import { complete, computeInverses, storeExpand, withInverses } from './expansion.js';
import { Smallest } from './smallest.js';
import { type Touched, touchedBy } from './touched.js';

/** A page of an answer. */
export interface ResultPage {
  readonly items: readonly Stored[];
  /** How many resources match the filter in all. */
  readonly total: number;
  /** Where the next page starts; absent on the last one. */
  readonly next?: Position;
  /** What of `expand` was left to be loaded later. */
  readonly open?: readonly string[];
}

/** A query of a reader who may not want the whole page. */
export interface PageQuery extends Query {
  /** Leave relations, which may be large, to `expandPage` where the store can load them by then. */
  readonly later?: boolean;
}

/** Candidates evaluated together, so that what they refer to is looked up together. */
const BATCH = 256;

/**
 * Answers a query exactly, whatever part of it the store answers itself (design law 1). Beyond the
 * page, memory does not grow with the number of resources, unless the filter looks into a computed
 * attribute that the store leaves to the engine.
 */
export async function runQuery(
  engine: Engine,
  type: ResourceType,
  query: PageQuery,
): Promise<ResultPage> {
  // One more than asked for tells whether there is a next page.
  const wanted = query.limit > 0 ? query.limit + 1 : 0;
  const page = await candidates(engine, type, query, wanted);
  const found = page.paged
    ? await take(page, query)
    : await select(engine, type, query, page, wanted);
  const isCut = found.items.length > query.limit;
  const last = isCut || page.more ? found.items.slice(0, query.limit).at(-1) : undefined;
  const items = found.items.slice(0, query.limit).map(({ stored }) => stored);
  const { expand = [], signal } = query;
  const kept = beforeCut(engine.store(type), expand);
  const cut = items.map((stored) => withOnly(type, stored, kept));
  const open = query.later === true && hasRelation(type, expand) && kept.length === 0 ? expand : [];
  return {
    items: open.length > 0 ? cut : await expandPage(engine, type, cut, expand, signal),
    total: found.total,
    ...(last === undefined ? {} : { next: last.position }),
    ...(open.length === 0 ? {} : { open }),
  };
}

/** Resources of a page with what was asked for, and nothing else; what is gone is left out. */
export async function expandPage(
  engine: Engine,
  type: ResourceType,
  items: readonly Stored[],
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly Stored[]> {
  const store = engine.store(type);
  const known = storeExpand(engine, type, names);
  const loaded =
    store.expand === undefined || known.length === 0
      ? items
      : await store.expand(items, known, signal);
  return complete(engine, type, loaded, new Set(names));
}

/** Relations may be of any length; computed attributes are a few elements each. */
function hasRelation(type: ResourceType, names: readonly string[]): boolean {
  return type.relations.some(({ attribute }) => names.includes(attribute.name));
}

/** What of the names is loaded before the page is cut: nothing, by a store that can do so later. */
function beforeCut(store: ResourceStore, names: readonly string[] = []): readonly string[] {
  return store.expand === undefined ? names : [];
}

/** Every match of a query, page by page; resources may be changed meanwhile. */
export async function* eachPage(
  engine: Engine,
  type: ResourceType,
  query: Omit<Query, 'start'>,
): AsyncGenerator<readonly Stored[]> {
  let start: Query['start'] = { offset: 0 };
  for (;;) {
    const page = await runQuery(engine, type, { ...query, start });
    yield page.items;
    if (page.next === undefined) return;
    start = { after: page.next };
  }
}

/** What the store has to offer, with everything loaded that is looked at before the page is cut. */
async function candidates(
  engine: Engine,
  type: ResourceType,
  query: Query,
  limit: number,
): Promise<NativePage> {
  const store = engine.store(type);
  const asked = beforeCut(store, query.expand);
  if (store.query === undefined) {
    const { names } = touchedBy(type, query.filter, query.sort);
    const expand = storeExpand(engine, type, [...asked, ...names]);
    const items = store.scan({ ...signalOf(query), expand });
    return {
      items,
      sorted: false,
      paged: false,
      ...(query.filter === undefined ? {} : { residual: query.filter }),
    };
  }
  const expand = storeExpand(engine, type, asked);
  const page = await store.query({ ...query, expand, limit });
  const { names } = touchedBy(type, page.residual, query.sort);
  const wider = storeExpand(engine, type, [...expand, ...names]);
  return wider.length === expand.length
    ? page
    : await store.query({ ...query, expand: wider, limit });
}

interface Selection {
  readonly items: readonly Ranked[];
  readonly total: number;
}

interface Ranked {
  readonly position: Position;
  readonly stored: Stored;
}

/** The page as the store cut it. */
async function take(page: NativePage, query: Query): Promise<Selection> {
  const items: Ranked[] = [];
  for await (const stored of page.items) {
    items.push({ stored, position: positionOf(query.sort, stored) });
  }
  return { items, total: page.total ?? items.length };
}

/** Filters, sorts and cuts what the store did not. */
async function select(
  engine: Engine,
  type: ResourceType,
  query: Query,
  page: NativePage,
  wanted: number,
): Promise<Selection> {
  const total = page.residual === undefined ? page.total : undefined;
  if (wanted === 0 && total !== undefined) return { items: [], total };
  const compare = comparePositions(query.sort?.descending ?? false);
  const after = 'after' in query.start ? query.start.after : undefined;
  const offset = 'offset' in query.start ? query.start.offset : 0;
  const best = new Smallest<Ranked>(wanted === 0 ? 0 : offset + wanted, (a, b) =>
    compare(a.position, b.position),
  );
  const kept = beforeCut(engine.store(type), query.expand);
  let matches = 0;
  for await (const batch of evaluated(engine, type, query, page)) {
    query.signal?.throwIfAborted();
    for (const stored of batch) {
      matches++;
      if (wanted === 0) continue;
      const position = positionOf(query.sort, stored);
      if (after !== undefined && compare(position, after) <= 0) continue;
      best.push({ position, stored: withOnly(type, stored, kept) });
    }
    if (total !== undefined && page.sorted && best.full) break;
  }
  return { items: best.sorted().slice(offset), total: total ?? matches };
}

/** The candidates that pass the residual filter, in the store's order. */
async function* evaluated(
  engine: Engine,
  type: ResourceType,
  query: Query,
  page: NativePage,
): AsyncGenerator<readonly Stored[]> {
  const matches = page.residual === undefined ? () => true : compileFilter(page.residual);
  const touched = touchedBy(type, page.residual, query.sort);
  const computed = await computeInverses(engine, type, touched.names, undefined);
  const details = withoutComputed(touched, computed);
  for await (const batch of batches(page.items)) {
    const loaded = batch.map((stored) => withInverses(stored, computed));
    const completed = await complete(engine, type, loaded, details);
    const matching: Stored[] = [];
    const slice = new TimeSlice();
    for (const stored of completed) {
      if (matches(stored)) matching.push(stored);
      // Resources may be large, and filters long.
      if (slice.isOver) await slice.next();
    }
    yield matching;
    // A store in memory never waits for anything: without this nobody else would have a turn.
    await turn();
  }
}

function withoutComputed(touched: Touched, computed: ReadonlyMap<string, unknown>) {
  return new Set([...touched.details].filter((name) => !computed.has(name)));
}

async function* batches(items: NativePage['items']): AsyncGenerator<readonly Stored[]> {
  let batch: Stored[] = [];
  for await (const stored of items) {
    batch.push(stored);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function signalOf({ signal }: Query): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
