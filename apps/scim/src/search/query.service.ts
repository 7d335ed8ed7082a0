import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Position } from '#backend';
import { type ResourceType, type SchemaRegistry, ScimError } from '#scim';
import { authorise } from '../access/rights.js';
import { SharedSecret } from '../composition/shared-secret.js';
import { SCHEMA_REGISTRY } from '../composition/tokens.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import type { ListQuery } from '../http/query.pipe.js';
import { Repositories } from '../resources/repositories.js';
import type { RequestContext } from '../resources/request-context.js';
import { withAnswerTag } from '../resources/versions.js';
import { type BoundQuery, bindQuery } from './bound-query.js';
import { withDeadline } from './deadline.js';
import { type Candidate, mergeCandidates, placeOf } from './merge.js';
import { type PageEnd, PageEnds } from './page-ends.js';
import { fingerprintOf, type PageRequest, pageRequest } from './page-request.js';
import { listResponse, type Showing, type ShownPage, shownPage } from './shown-page.js';

/** Deepest place that a query over several types reaches by index; cursors have no such end. */
const DEEPEST_MERGE = 10_000;

const NOTHING: ReadonlySet<string> = new Set();

/** Resources of a page that tell whether the list still is what it was. */
const WITNESSES = 10;

/** Queries over one type or several, by GET and by .search (RFC 7644 §3.4.2, §3.4.3, RFC 9865). */
@Injectable()
export class QueryService {
  private readonly logger = new Logger(QueryService.name);
  private readonly sensitive: ReadonlySet<string>;
  private readonly ends = new PageEnds();

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(SCHEMA_REGISTRY) private readonly registry: SchemaRegistry,
    private readonly secret: SharedSecret,
    private readonly repositories: Repositories,
  ) {
    this.sensitive = new Set(
      configuration.sensitiveAttributes.map((attribute) => attribute.toLowerCase()),
    );
  }

  /**
   * @param via where the query came from: personal data in a URI ends up in logs (§7.5.2)
   * @returns the ListResponse message, in pieces of JSON
   * @throws ScimError 503 after QUERY_TIMEOUT
   */
  async list(
    context: RequestContext,
    types: readonly ResourceType[],
    query: ListQuery,
    via: 'uri' | 'body',
  ): Promise<readonly string[]> {
    for (const type of types) authorise(context.client.rights, 'read', type);
    const page = pageRequest(query, this.configuration);
    const { strict, filterMaxTerms: maxTerms } = this.configuration;
    const sensitive = via === 'uri' ? this.sensitive : NOTHING;
    const bound = bindQuery(types, this.registry, query, { sensitive, strict, maxTerms });
    const fingerprint = fingerprintOf(context, types, query);
    return withDeadline(context, this.configuration.queryTimeout, (limited) =>
      page.method === 'index'
        ? this.byIndex(limited, bound, page, fingerprint)
        : this.byCursor(limited, bound, page, fingerprint),
    );
  }

  private async byIndex(
    context: RequestContext,
    bound: readonly BoundQuery[],
    { startIndex, count }: PageRequest & { method: 'index' },
    fingerprint: string,
  ): Promise<readonly string[]> {
    const offset = startIndex - 1;
    const end =
      count === 0 ? undefined : await this.sweepBefore(context, bound, fingerprint, offset);
    const swept = end && (await this.after(context, bound, end.position, count));
    const { found, total: all } = swept ?? (await this.window(context, bound, offset, count));
    const { resources, last, isCut } = await this.show(context, found);
    const index = offset + resources.length;
    const total = swept === undefined ? all : sweptTotal(all, index, swept.more || isCut);
    const isSweep = offset === 0 || swept !== undefined;
    if (isSweep && last !== undefined && index < total && this.seeks(context)) {
      const met = found.slice(0, found.indexOf(last) + 1).slice(-WITNESSES);
      const ids = met.map(({ resource }) => resource.id);
      this.ends.keep(fingerprint, { index, position: placeOf(last), last: ids });
    }
    return listResponse(total, resources, { startIndex });
  }

  /** The page before this one, if it was the client's last one and the list still is what it was. */
  private async sweepBefore(
    { client }: RequestContext,
    bound: readonly BoundQuery[],
    fingerprint: string,
    offset: number,
  ): Promise<PageEnd | undefined> {
    const end = this.ends.before(fingerprint, offset);
    if (end === undefined) return undefined;
    for (const { type } of bound) {
      const there = await this.repositories.of(client.tenant, type).displays(end.last);
      if (there.size > 0) return end;
    }
    return undefined;
  }

  private seeks({ client }: RequestContext): boolean {
    return this.repositories.seek(client.tenant);
  }

  private async byCursor(
    context: RequestContext,
    bound: readonly BoundQuery[],
    { cursor, count }: PageRequest & { method: 'cursor' },
    fingerprint: string,
  ): Promise<readonly string[]> {
    const position = cursor === '' ? undefined : this.openCursor(cursor, fingerprint, count);
    const { found, total, more } = await this.after(context, bound, position, count);
    const { resources, last, isCut } = await this.show(context, found);
    if (!(more || isCut) || last === undefined) return listResponse(total, resources, {});
    const sealed = { position: placeOf(last), query: fingerprint, count, issued: Date.now() };
    return listResponse(total, resources, { nextCursor: this.secret.cursors.seal(sealed) });
  }

  /** `count` resources from an index on, in the common order of all types. */
  private async window(
    context: RequestContext,
    bound: readonly BoundQuery[],
    offset: number,
    count: number,
  ): Promise<{ found: readonly Candidate[]; total: number }> {
    const [only] = bound;
    if (bound.length === 1 && only !== undefined) {
      const page = await this.page(context, only, { offset }, count);
      return { found: page.found, total: page.total };
    }
    if (offset + count > DEEPEST_MERGE) {
      throw new ScimError(
        400,
        'tooMany',
        `A query over all types reaches ${DEEPEST_MERGE} resources by startIndex. Use cursor, or one endpoint.`,
      );
    }
    const pages = await Promise.all(
      bound.map((one) => this.page(context, one, { offset: 0 }, offset + count)),
    );
    const merged = mergeCandidates(
      pages.map(({ found }) => found),
      isDescending(bound),
    );
    return { found: merged.slice(offset, offset + count), total: sum(pages) };
  }

  /** `count` resources after a position, in the common order of all types. */
  private async after(
    context: RequestContext,
    bound: readonly BoundQuery[],
    position: Position | undefined,
    count: number,
  ): Promise<{ found: readonly Candidate[]; total: number; more: boolean }> {
    const start = position === undefined ? { offset: 0 } : { after: position };
    const pages = await Promise.all(bound.map((one) => this.page(context, one, start, count)));
    const merged = mergeCandidates(
      pages.map(({ found }) => found),
      isDescending(bound),
    );
    const more = merged.length > count || pages.some((page) => page.more);
    return { found: merged.slice(0, count), total: sum(pages), more };
  }

  private async page(
    context: RequestContext,
    bound: BoundQuery,
    start: { readonly offset: number } | { readonly after: Position },
    limit: number,
  ) {
    const { client, signal } = context;
    const repository = this.repositories.of(client.tenant, bound.type);
    const query = { ...bound.query, start, limit, signal, later: true };
    const { items, total, next, open = [] } = await repository.query(query);
    return {
      found: items.map((resource) => ({ bound, resource, open })),
      total,
      more: next !== undefined,
    };
  }

  /** As much of a page as PAGE_BYTES lets it hold. */
  private show(
    context: RequestContext,
    found: readonly Candidate[],
  ): Promise<ShownPage<Candidate>> {
    const { base } = context;
    const isOpen = found.some(({ open }) => open.length > 0);
    const showing: Showing<Candidate> = {
      load: isOpen ? (some) => this.loaded(context, some) : undefined,
      show: ({ bound: { type, projection }, resource }) =>
        projection.apply(withAnswerTag(type, resource), { base }),
      report: ({ bound, resource }, error) => {
        const what = `${bound.type.name} ${JSON.stringify(resource.id)}`;
        this.logger.error(`${what} cannot be shown and is left out: ${String(error)}`);
      },
    };
    return shownPage(found, showing, this.configuration.pageBytes);
  }

  /** Candidates with what was left open of them. */
  private async loaded(
    { client, signal }: RequestContext,
    some: readonly Candidate[],
  ): Promise<ReadonlyMap<Candidate, Candidate>> {
    const loaded = new Map<Candidate, Candidate>();
    for (const bound of new Set(some.map((candidate) => candidate.bound))) {
      const own = some.filter((candidate) => candidate.bound === bound);
      const repository = this.repositories.of(client.tenant, bound.type);
      const [{ open } = { open: [] }] = own;
      const resources = own.map(({ resource }) => resource);
      const whole = await repository.expand(resources, open, signal);
      const byId = new Map(whole.map((resource) => [resource.id, resource]));
      for (const candidate of own) {
        const resource = byId.get(candidate.resource.id);
        if (resource !== undefined) loaded.set(candidate, { ...candidate, resource });
      }
    }
    return loaded;
  }

  private openCursor(cursor: string, query: string, count: number): Position {
    const timeoutSeconds = this.configuration.cursorTimeout;
    return this.secret.cursors.open(cursor, { query, count, now: Date.now(), timeoutSeconds });
  }
}

/**
 * The total of a list in which `next` resources were met so far. While resources come and go it is not
 * their number: clients sweep until they have as many as the total says, so it says whether more come.
 */
function sweptTotal(total: number, next: number, more: boolean): number {
  return more ? Math.max(total, next + 1) : next;
}

function isDescending(bound: readonly BoundQuery[]): boolean {
  return bound.some(({ query }) => query.sort?.descending === true);
}

function sum(pages: readonly { readonly total: number }[]): number {
  return pages.reduce((total, page) => total + page.total, 0);
}
