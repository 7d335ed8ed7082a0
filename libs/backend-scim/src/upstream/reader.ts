import { BackendError, contentVersion, PageList, type Query, type Stored } from '#backend';
import {
  compareKeys,
  comparePositions,
  compileFilter,
  type Filter,
  isArray,
  isObject,
  type JsonObject,
  positionOf,
  printFilter,
  type ResourceType,
  type Sort,
  touchedAttributes,
} from '#scim';
import { TooLong } from '#upstream-http';
import { incoming, ownVersion } from '../mapping/incoming.js';
import { LetterCase } from '../query/letter-case.js';
import { isRefusal } from './errors.js';
import type { ListParameters, UpstreamResource } from './upstream.api.js';
import type { Upstream } from './upstream.js';

/** Walks through a list that changes meanwhile, before it is given up. */
const MOST_TRIES = 5;

/** Bytes of an element of a relation, and of a resource besides. */
const LONGEST_ELEMENT = 300;
const LONGEST_REST = 64 * 1024;

/** What of a list is asked for. */
interface Wanted {
  readonly filter?: Filter | undefined;
  readonly sort?: Sort | undefined;
  readonly expand?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads resources of one type of the other server, and looks whether they are what was asked for. */
export class Reader {
  private readonly pages: PageList<Stored>;
  /** Changes made here that the other server shows neither by a version nor by a time. */
  private readonly changes = new Map<string, number>();
  private readonly tags = new WeakMap<Stored, string>();
  private readonly letterCase: LetterCase;

  constructor(
    private readonly type: ResourceType,
    private readonly upstream: Upstream,
  ) {
    this.letterCase = new LetterCase(type, upstream);
    this.pages = new PageList(upstream.features.pageSize, ({ id }) => id);
  }

  decode(resource: UpstreamResource): Stored {
    return this.salted(incoming(this.type, resource));
  }

  /** A resource that was changed, under another version than before. */
  renewed(before: Stored, now: Stored): Stored {
    const theirs = this.upstream.compares && this.type.inverses.length === 0;
    if (theirs || now.meta.version !== before.meta.version) return now;
    this.changes.set(now.id, (this.changes.get(now.id) ?? 0) + 1);
    return this.salted(now);
  }

  /** With these relations, and no others. */
  async byId(
    id: string,
    expand: readonly string[] = [],
    signal?: AbortSignal,
  ): Promise<Stored | undefined> {
    const { endpoint } = this.upstream.type(this.type);
    const parameters = this.projection(expand, undefined);
    const found = await this.upstream.api.get(endpoint, id, parameters, signal);
    if (found === undefined) return undefined;
    const stored = this.cut(this.decode(found), expand);
    const tag = ownVersion(found);
    if (tag !== undefined) this.tags.set(stored, tag);
    return stored;
  }

  /** Whether a relation is known to have few elements, read no further than they would be long. */
  async isSmall(id: string, relation: string, most: number): Promise<boolean> {
    const { endpoint } = this.upstream.type(this.type);
    const parameters = this.projection([relation], undefined);
    const bytes = LONGEST_REST + most * LONGEST_ELEMENT;
    try {
      const found = await this.upstream.api.get(endpoint, id, parameters, undefined, bytes);
      return found !== undefined && valuesOf(found, relation).length <= most;
    } catch (error) {
      if (error instanceof TooLong) return false;
      throw error;
    }
  }

  /** The other server's own version of a resource that `byId` read. */
  tagOf(stored: Stored): string | undefined {
    return this.tags.get(stored);
  }

  /** Every resource that the other server gives for this filter, in any order. */
  async *walk(wanted: Wanted = {}): AsyncGenerator<Stored> {
    const seen = new Set<string>();
    for (let tries = 1; tries <= MOST_TRIES; tries++) {
      const pages = this.upstream.features.paging === 'cursor' ? this.byCursor : this.byIndex;
      let whole = true;
      for await (const items of pages.call(this, wanted)) {
        if (items === undefined) {
          whole = false;
          break;
        }
        for (const stored of items) {
          if (seen.has(stored.id)) continue;
          seen.add(stored.id);
          yield stored;
        }
      }
      if (whole) return;
    }
    throw new BackendError(
      'unavailable',
      'A list of the upstream server changes faster than it can be read, or does not page.',
    );
  }

  /**
   * A part of a list as the other server cuts it; undefined where it cannot, or is found not to.
   * The order is that of the query, ties by creation and id.
   */
  async part(query: Query) {
    const { filter, sort, expand, signal } = query;
    if (this.upstream.features.paging !== 'index') return undefined;
    if (!this.upstream.trusts(sort === undefined ? 'order' : 'sort')) return undefined;
    if (sort !== undefined && !this.upstream.features.sort) return undefined;
    if (filter !== undefined && !(await this.filters(filter, signal))) return undefined;
    const wanted = { filter, sort, expand, signal };
    const compare = comparePositions(sort?.descending ?? false);
    const list = [filter && printFilter(filter), sort?.descending, sort && sortName(sort)].join(
      ' ',
    );
    return this.pages.part(
      query,
      async (skip, limit) => {
        const page = await this.page(wanted, { startIndex: skip + 1, count: limit });
        if (page === undefined) return undefined;
        const positions = page.items.map((stored) => positionOf(sort, stored));
        const inOrder = positions.every((position, i) => {
          const before = positions[i - 1];
          return before === undefined || compare(before, position) <= 0;
        });
        if (inOrder) return page;
        this.upstream.distrust(sort === undefined ? 'order' : 'sort');
        return undefined;
      },
      list,
    );
  }

  /** Whether the other server evaluates this filter, as far as that is known. */
  private async filters(filter: Filter, signal: AbortSignal | undefined): Promise<boolean> {
    const { upstream } = this;
    const offered = upstream.features.filter && upstream.trusts('filter');
    return offered && upstream.accepts(filter) && (await this.letterCase.isRight(filter, signal));
  }

  /**
   * All matches of a filter that the other server evaluates; undefined where it does not, or is
   * found to be wrong.
   */
  async matching(wanted: Wanted & { readonly filter: Filter }): Promise<Stored[] | undefined> {
    if (!(await this.filters(wanted.filter, wanted.signal))) return undefined;
    const found: Stored[] = [];
    try {
      for await (const stored of this.walk(wanted)) found.push(stored);
      return found;
    } catch (error) {
      if (error instanceof NotMatching) return undefined;
      throw error;
    }
  }

  private async *byIndex(wanted: Wanted): AsyncGenerator<readonly Stored[] | undefined> {
    const { pageSize } = this.upstream.features;
    let last: string | undefined;
    let read = 0;
    for (;;) {
      wanted.signal?.throwIfAborted();
      const overlap = last === undefined ? 0 : 1;
      const where = { startIndex: read - overlap + 1, count: pageSize };
      const page = await this.page(wanted, where);
      if (page === undefined) throw new NotMatching();
      // A page starts with the last resource before it, or something was deleted meanwhile.
      if (overlap === 1 && page.items[0]?.id !== last) return void (yield undefined);
      const items = page.items.slice(overlap);
      yield items;
      read += items.length;
      if (read >= page.total) return;
      // Fewer than there are, and no more to be had.
      if (items.length === 0) return void (yield undefined);
      last = items.at(-1)?.id;
    }
  }

  /** RFC 9865: each response says where the next one starts. */
  private async *byCursor(wanted: Wanted): AsyncGenerator<readonly Stored[] | undefined> {
    const { pageSize } = this.upstream.features;
    let cursor: string | undefined = '';
    while (cursor !== undefined) {
      wanted.signal?.throwIfAborted();
      const page = await this.page(wanted, { cursor, count: pageSize });
      if (page === undefined) throw new NotMatching();
      yield page.items;
      cursor = page.nextCursor;
    }
  }

  /** A response, once it is what was asked for; undefined where it is not, or is refused. */
  private async page(wanted: Wanted, where: ListParameters) {
    const { filter, sort, expand = [], signal } = wanted;
    const { endpoint } = this.upstream.type(this.type);
    const parameters: ListParameters = {
      ...where,
      filter: filter && printFilter(filter),
      sortBy: sort && sortName(sort),
      sortOrder: sort && (sort.descending ? 'descending' : 'ascending'),
      ...this.projection(expand, filter),
    };
    try {
      const page = await this.upstream.api.list(endpoint, parameters, signal);
      const items = page.items.map((resource) => this.decode(resource));
      const offset = typeof where.startIndex === 'number' ? where.startIndex - 1 : 0;
      const cut = items.map((stored) => this.cut(stored, expand));
      if (filter === undefined) return { ...page, items: cut };
      const matches = compileFilter(filter);
      const tooFew = items.length === 0 && page.total > offset;
      const impossible = page.total < offset + items.length && items.length > 0;
      if (items.every(matches) && !tooFew && !impossible) return { ...page, items: cut };
      this.upstream.distrust('filter');
      return undefined;
    } catch (error) {
      if (filter === undefined || !isRefusal(error, 400, 403, 404, 413, 501)) throw error;
      this.upstream.refuses(filter);
      return undefined;
    }
  }

  /** Relations are long, and tags may cover what is computed: both are left out unless they are wanted, or looked at by the filter. */
  private projection(expand: readonly string[], filter: Filter | undefined): ListParameters {
    const touched = filter === undefined ? new Set<string>() : touchedAttributes(filter);
    const left = [...this.type.relations, ...this.type.inverses]
      .map(({ attribute }) => attribute.name)
      .filter((name) => !expand.includes(name) && !touched.has(name));
    return left.length === 0 ? {} : { excludedAttributes: left.join(',') };
  }

  private salted(stored: Stored): Stored {
    const count = this.changes.get(stored.id);
    if (count === undefined) return stored;
    const version = contentVersion({ version: stored.meta.version, count });
    return { ...stored, meta: { ...stored.meta, version } };
  }

  /** Without relations and computed attributes that were not asked for. */
  private cut(stored: Stored, expand: readonly string[]): Stored {
    const names = [...this.type.relations, ...this.type.inverses]
      .map(({ attribute }) => attribute.name)
      .filter((name) => name in stored && !expand.includes(name));
    if (names.length === 0) return stored;
    const left = Object.entries(stored).filter(([name]) => !names.includes(name));
    return Object.fromEntries(left) as Stored;
  }
}

/** A filter was not evaluated as it should be: it has to be done here. */
class NotMatching extends Error {}

function sortName({ path }: Sort): string {
  return (path.sub ?? path.attribute).path;
}

/** Ids of a relation's or computed attribute's elements. */
export function valuesOf(stored: JsonObject, name: string): readonly string[] {
  const elements = stored[name];
  if (!isArray(elements)) return [];
  return elements.flatMap((element) =>
    isObject(element) && typeof element.value === 'string' ? [element.value] : [],
  );
}

/** In the order in which lists are told. */
export function inOrderOfCreation(resources: readonly Stored[]): Stored[] {
  return [...resources].sort(
    (a, b) => compareKeys(a.meta.created, b.meta.created) || compareKeys(a.id, b.id),
  );
}
