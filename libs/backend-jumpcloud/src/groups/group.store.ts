import {
  type Deletion,
  type DeltaResult,
  type Draft,
  inTurn,
  type NativePage,
  type PageList,
  type Query,
  type ReadOptions,
  type RelationDelta,
  type ResourceStore,
  type Stored,
  type WriteContext,
} from '#backend';
import { attributeValue, type Filter, type ResourceType } from '#scim';
import { guarded, guardedScan } from '../api/errors.js';
import type { JumpCloudApi } from '../api/jumpcloud.api.js';
import { isNativeId, type NativeGroup } from '../api/native.js';
import type { GroupLookup } from './group.lookup.js';
import type { GroupWriter } from './group.writer.js';

const MEMBERS = 'members';

/** The user groups of an organisation. */
export class GroupStore implements ResourceStore {
  constructor(
    private readonly type: ResourceType,
    private readonly api: JumpCloudApi,
    private readonly lookup: GroupLookup,
    private readonly writer: GroupWriter,
    private readonly pages: PageList<NativeGroup>,
  ) {}

  scan(options: ReadOptions = {}): AsyncGenerator<Stored> {
    return guardedScan(this.all(options));
  }

  get(id: string, { expand = [], signal }: ReadOptions = {}): Promise<Stored | undefined> {
    return guarded(signal, async () => {
      const found = await this.lookup.byId(id, signal);
      return found && this.withMembers(found.stored, expand, signal);
    });
  }

  put(draft: Draft, context: WriteContext): Promise<Stored> {
    return guarded(context.signal, () => this.writer.put(draft, context));
  }

  delete(id: string, context: WriteContext): Promise<Deletion | undefined> {
    return guarded(context.signal, () => this.writer.delete(id, context));
  }

  applyDelta(
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<DeltaResult | undefined> {
    return guarded(context.signal, () => this.writer.applyDelta(id, deltas, context));
  }

  query(query: Query): Promise<NativePage> {
    return guarded(query.signal, async () => {
      const { filter, sort, signal, expand = [] } = query;
      if (filter === undefined && sort === undefined) {
        const page = await this.page(query);
        if (page !== undefined) return page;
      }
      const member = filter && memberOf(filter);
      if (member !== undefined) {
        const ids = isNativeId(member) ? await this.api.memberOf(member, signal) : [];
        const found = (await this.lookup.byIds(ids, signal)).map(({ stored }) => stored);
        const items = await this.allWithMembers(found, expand, signal);
        return { items, total: items.length, sorted: false, paged: false };
      }
      const residual = filter === undefined ? {} : { residual: filter };
      return { items: this.scan(query), sorted: false, paged: false, ...residual };
    });
  }

  expand(
    resources: readonly Stored[],
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly Stored[]> {
    return guarded(signal, () => this.allWithMembers(resources, names, signal));
  }

  isSmall(id: string, relation: string, most: number): Promise<boolean> {
    return guarded(undefined, async () => {
      if (relation !== MEMBERS || !isNativeId(id)) return false;
      return (await this.lookup.countMembers(id)) <= most;
    });
  }

  displays(ids: readonly string[]): Promise<ReadonlyMap<string, string | undefined>> {
    return guarded(undefined, async () => {
      const found = await this.lookup.byIds(ids);
      return new Map(
        found.map(({ stored }) => {
          const value = this.type.display && attributeValue(stored, this.type.display);
          return [stored.id, typeof value === 'string' ? value : undefined];
        }),
      );
    });
  }

  /** Leaves nothing behind that only this process knows. */
  async close(): Promise<void> {
    await this.lookup.flush();
  }

  /** A page of the whole list; undefined where it cannot be told where it starts. */
  private async page(query: Query): Promise<NativePage | undefined> {
    const { signal, expand = [] } = query;
    const part = await this.pages.part(query, (skip, limit) =>
      this.lookup.page(skip, limit, signal),
    );
    if (part === undefined) return undefined;
    const items = part.items.map((native) => this.lookup.decode(native).stored);
    return {
      ...part,
      items: await this.allWithMembers(items, expand, signal),
      sorted: true,
      paged: true,
    };
  }

  private async *all({ expand = [], signal }: ReadOptions): AsyncGenerator<Stored> {
    for (const { stored } of await this.lookup.all(signal)) {
      yield this.withMembers(stored, expand, signal);
    }
  }

  private allWithMembers(
    resources: readonly Stored[],
    names: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Stored[]> {
    return inTurn(resources, (stored) => this.withMembers(stored, names, signal));
  }

  private async withMembers(
    stored: Stored,
    names: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Stored> {
    if (!names.includes(MEMBERS)) return stored;
    const { stored: now, members } = await this.lookup.withMembers(stored, signal);
    if (members.length === 0) return now;
    return { ...now, [MEMBERS]: members.map((value) => ({ value, type: 'User' })) };
  }
}

/** The id of `members.value eq "<id>"`; undefined for every other filter. */
function memberOf(filter: Filter): string | undefined {
  if (filter.kind !== 'compare' || filter.operator !== 'eq') return undefined;
  const { attribute, sub, element } = filter.path;
  const members = attribute.name === MEMBERS && attribute.extension === undefined && !element;
  return members && sub?.name === 'value' ? String(filter.value) : undefined;
}
