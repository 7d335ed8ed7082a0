import { type Draft, inTurn, notUnique, type Stored, uniqueKeys } from '#backend';
import { type JsonObject, type ResourceType, valuesAt } from '#scim';
import { type JumpCloudApi, PAGE } from '../api/jumpcloud.api.js';
import { isNativeId, type NativeUser } from '../api/native.js';
import { type DecodedUser, decodeUser } from '../mapping/user.mapping.js';
import { conditionsOf } from './user.filter.js';

/** Finds users. */
export class UserLookup {
  /** Whether a search for ids finds them; unknown until it was tried. */
  private searchesIds: boolean | undefined;
  /** Ids of users whose externalId only the details know, as those that the reference wrote. */
  private hiddenUsers: Promise<ReadonlyMap<string, readonly string[]>> | undefined;

  constructor(
    private readonly type: ResourceType,
    private readonly api: JumpCloudApi,
    private readonly report: (message: string) => void,
  ) {}

  decode(native: NativeUser): DecodedUser {
    return decodeUser(this.type, native, this.report);
  }

  async byId(id: string, signal?: AbortSignal): Promise<DecodedUser | undefined> {
    const native = isNativeId(id) ? await this.api.user(id, signal) : undefined;
    return native === undefined ? undefined : this.decode(native);
  }

  /** Users that meet any of the conditions. */
  async matching(
    conditions: readonly JsonObject[],
    signal?: AbortSignal,
  ): Promise<readonly DecodedUser[]> {
    const found = new Map<string, DecodedUser>();
    const { items, total } = await this.api.search(conditions, signal);
    if (total > items.length) {
      // Too many for one page: they are met by paging through all.
      for await (const user of this.all(signal)) found.set(user.native._id, user);
      return [...found.values()];
    }
    for (const native of items) found.set(native._id, this.decode(native));
    return [...found.values()];
  }

  /**
   * Every user, in the order of ids. Pages overlap by one: where it is not met again, somebody was
   * deleted before it, and the page starts too late.
   */
  async *all(signal?: AbortSignal): AsyncGenerator<DecodedUser> {
    let last = '';
    let skip = 0;
    for (;;) {
      signal?.throwIfAborted();
      const { items, total } = await this.api.users(skip, PAGE, signal);
      const first = items[0];
      if (skip > 0 && (first === undefined || first._id > last)) {
        skip = Math.max(0, Math.min(skip, total) - PAGE);
        continue;
      }
      for (const native of items) {
        if (native._id <= last) continue;
        last = native._id;
        yield this.decode(native);
      }
      if (skip + PAGE >= total) return;
      skip += PAGE - 1;
    }
  }

  /** @throws BackendError `unique` when another user has a value that must not be there twice */
  async checkUnique(draft: Draft, current: Stored | undefined): Promise<void> {
    const keys = uniqueKeys(this.type, draft);
    const before = current === undefined ? [] : uniqueKeys(this.type, current);
    const changed = keys.filter(
      ({ path, key }) => !before.some((old) => old.path === path && old.key === key),
    );
    if (changed.length === 0) return;
    const conditions = this.type.unique.flatMap((path) =>
      valuesAt(draft, path).flatMap((value) => conditionsOf(path, value) ?? []),
    );
    const candidates = [...(await this.matching(conditions)), ...(await this.hiddenLike(draft))];
    for (const { stored } of candidates) {
      if (stored.id === current?.id) continue;
      const theirs = uniqueKeys(this.type, stored);
      for (const { path, key } of changed) {
        if (theirs.some((their) => their.path === path && their.key === key)) throw notUnique(path);
      }
    }
  }

  /** Users of this externalId whom no search finds. */
  async hidden(externalId: string): Promise<readonly DecodedUser[]> {
    this.hiddenUsers ??= this.findHidden().catch((error: unknown) => {
      this.hiddenUsers = undefined;
      throw error;
    });
    return this.byIds((await this.hiddenUsers).get(externalId) ?? []);
  }

  /** Others may be hidden now. */
  forgetHidden(): void {
    this.hiddenUsers = undefined;
  }

  /** Which of these ids are users, with what was read of them. */
  async byIds(ids: readonly string[]): Promise<readonly DecodedUser[]> {
    const wanted = [...new Set(ids.filter(isNativeId))];
    const found: DecodedUser[] = [];
    for (let start = 0; start < wanted.length; start += PAGE) {
      found.push(...(await this.someByIds(wanted.slice(start, start + PAGE))));
    }
    return found;
  }

  private async someByIds(ids: readonly string[]): Promise<readonly DecodedUser[]> {
    const found = new Map<string, DecodedUser>();
    if (ids.length > 1 && this.searchesIds !== false) {
      const { items } = await this.api.search(ids.map((_id) => ({ _id })));
      for (const native of items) found.set(native._id, this.decode(native));
    }
    // Nobody knows whether ids can be searched for: who was not found is asked for.
    const missing = ids.filter((id) => !found.has(id));
    const asked = await inTurn(missing, (id) => this.byId(id));
    const late = asked.filter((user) => user !== undefined);
    if (ids.length > 1 && this.searchesIds === undefined) {
      if (found.size > 0) this.searchesIds = true;
      else if (late.length > 0) this.searchesIds = false;
    }
    return [...found.values(), ...late];
  }

  private async hiddenLike({ externalId }: Draft): Promise<readonly DecodedUser[]> {
    return typeof externalId === 'string' && externalId !== '' ? this.hidden(externalId) : [];
  }

  private async findHidden(): Promise<ReadonlyMap<string, readonly string[]>> {
    const ids = new Map<string, readonly string[]>();
    for await (const { stored, native } of this.all()) {
      const { externalId } = stored;
      if (typeof externalId !== 'string' || native.external_dn === externalId) continue;
      ids.set(externalId, [...(ids.get(externalId) ?? []), stored.id]);
    }
    return ids;
  }
}
