import {
  type Deletion,
  type Draft,
  inTurn,
  type NativePage,
  type PageList,
  type Query,
  type ReadOptions,
  type ResourceStore,
  type Stored,
  type WriteContext,
} from '#backend';
import { attributeValue, type ResourceType } from '#scim';
import { guarded, guardedScan } from '../api/errors.js';
import type { JumpCloudApi } from '../api/jumpcloud.api.js';
import type { NativeUser } from '../api/native.js';
import type { DecodedUser } from '../mapping/user.mapping.js';
import { candidatesOf } from './user.filter.js';
import type { UserLookup } from './user.lookup.js';
import type { UserWriter } from './user.writer.js';

/** The users of an organisation. */
export class UserStore implements ResourceStore {
  constructor(
    private readonly type: ResourceType,
    private readonly api: JumpCloudApi,
    private readonly lookup: UserLookup,
    private readonly writer: UserWriter,
    private readonly pages: PageList<NativeUser>,
  ) {}

  scan({ expand = [], signal }: ReadOptions = {}): AsyncGenerator<Stored> {
    return guardedScan(this.expanded(this.lookup.all(signal), expand, signal));
  }

  get(id: string, { expand = [], signal }: ReadOptions = {}): Promise<Stored | undefined> {
    return guarded(signal, async () => {
      const found = await this.lookup.byId(id, signal);
      return found && this.withGroups(found.stored, expand, signal);
    });
  }

  put(draft: Draft, context: WriteContext): Promise<Stored> {
    return guarded(context.signal, () => this.writer.put(draft, context));
  }

  delete(id: string, context: WriteContext): Promise<Deletion | undefined> {
    return guarded(context.signal, () => this.writer.delete(id, context));
  }

  query(query: Query): Promise<NativePage> {
    return guarded(query.signal, async () => {
      const { filter, sort, signal, expand = [] } = query;
      if (filter === undefined && sort === undefined) {
        const page = await this.page(query);
        if (page !== undefined) return page;
      }
      const residual = filter === undefined ? {} : { residual: filter };
      const found = filter && (await this.candidates(query));
      const items =
        found === undefined ? this.scan(query) : guardedScan(this.expanded(found, expand, signal));
      return { items, sorted: false, paged: false, ...residual };
    });
  }

  expand(
    resources: readonly Stored[],
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly Stored[]> {
    return guarded(signal, () => this.allWithGroups(resources, names, signal));
  }

  displays(ids: readonly string[]): Promise<ReadonlyMap<string, string | undefined>> {
    return guarded(undefined, async () => {
      const found = await this.lookup.byIds(ids);
      return new Map(found.map(({ stored }) => [stored.id, this.display(stored)]));
    });
  }

  /** A page of the whole list; undefined where it cannot be told where it starts. */
  private async page(query: Query): Promise<NativePage | undefined> {
    const { signal, expand = [] } = query;
    const part = await this.pages.part(query, (skip, limit) => this.api.users(skip, limit, signal));
    if (part === undefined) return undefined;
    const items = part.items.map((native) => this.lookup.decode(native).stored);
    return {
      ...part,
      items: await this.allWithGroups(items, expand, signal),
      sorted: true,
      paged: true,
    };
  }

  private async candidates({ filter, signal }: Query): Promise<readonly DecodedUser[] | undefined> {
    const candidates = filter && candidatesOf(filter);
    if (candidates === undefined) return undefined;
    if (candidates.kind === 'ids') return this.lookup.byIds(candidates.ids);
    const { conditions, externalIds } = candidates;
    const found = await this.lookup.matching(conditions, signal);
    const hidden = await Promise.all(externalIds.map((value) => this.lookup.hidden(value)));
    const all = new Map([...found, ...hidden.flat()].map((user) => [user.stored.id, user]));
    return [...all.values()];
  }

  private async *expanded(
    users: AsyncIterable<DecodedUser> | Iterable<DecodedUser>,
    names: readonly string[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Stored> {
    for await (const { stored } of users) yield this.withGroups(stored, names, signal);
  }

  private allWithGroups(
    resources: readonly Stored[],
    names: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Stored[]> {
    return inTurn(resources, (stored) => this.withGroups(stored, names, signal));
  }

  private async withGroups(
    stored: Stored,
    names: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Stored> {
    const [inverse] = this.type.inverses.filter(({ attribute }) => names.includes(attribute.name));
    if (inverse === undefined) return stored;
    const groups = await this.api.memberOf(stored.id, signal);
    if (groups.length === 0) return stored;
    return { ...stored, [inverse.attribute.name]: groups.map((value) => ({ value })) };
  }

  private display(stored: Stored): string | undefined {
    const value = this.type.display && attributeValue(stored, this.type.display);
    return typeof value === 'string' ? value : undefined;
  }
}
