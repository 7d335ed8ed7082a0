import { BackendError, inTurn, type Stored } from '#backend';
import type { ResourceType } from '#scim';
import { isRefusal } from '../api/errors.js';
import { type JumpCloudApi, PAGE } from '../api/jumpcloud.api.js';
import { isNativeId, type NativeGroup, type Page } from '../api/native.js';
import { type DecodedGroup, decodeGroup, encodeGroup } from '../mapping/group.mapping.js';
import { timeAfter } from '../mapping/user.mapping.js';
import { versioned } from '../mapping/version.js';
import { MemberWatch } from './member-watch.js';

/** Readings of a list that changes meanwhile, before it is given up. */
const MOST_TRIES = 5;

/** Finds groups, and reads their members. */
export class GroupLookup {
  /** Whether lists come in the order of ids when asked to; nobody knows before it was tried. */
  private inOrder = true;
  /**
   * When members were changed by this process, or found to be changed by others. JumpCloud does not
   * tell it, and noting it in the group at once would make each change of a member two: it is noted
   * with the group's next change, or, of this process's own, when the store is closed.
   */
  private readonly changes = new Map<string, { readonly at: string; readonly own: boolean }>();
  readonly watch = new MemberWatch();

  constructor(
    private readonly type: ResourceType,
    private readonly api: JumpCloudApi,
    private readonly report: (message: string) => void,
  ) {}

  decode(native: NativeGroup): DecodedGroup {
    return decodeGroup(this.type, native, this.changes.get(native.id)?.at, this.report);
  }

  /** Notes that members changed: the group has another version from now on. */
  noteChange({ native, stored }: DecodedGroup): DecodedGroup {
    this.changes.set(native.id, { at: timeAfter(stored), own: true });
    return this.decode(native);
  }

  /** A group with the members that it has now: under another version if others changed them. */
  async withMembers(
    stored: Stored,
    signal?: AbortSignal,
  ): Promise<{ readonly stored: Stored; readonly members: readonly string[] }> {
    const turn = this.watch.turn(stored.id);
    const members = await this.members(stored.id, signal);
    if (!this.watch.changed(stored.id, turn, members)) return { stored, members };
    const at = timeAfter(stored);
    this.changes.set(stored.id, { at, own: this.changes.get(stored.id)?.own ?? false });
    const { version: _, ...meta } = stored.meta;
    return { stored: versioned({ ...stored, meta: { ...meta, lastModified: at } }), members };
  }

  /** A group to be written under the version that it was computed from, its members included. */
  async current(
    id: string,
    ifVersion: string | undefined,
    signal?: AbortSignal,
  ): Promise<DecodedGroup | undefined> {
    const found = await this.byId(id, signal);
    if (found === undefined || ifVersion === undefined || !this.watch.hasSeen(id)) return found;
    if (found.stored.meta.version !== ifVersion) return found;
    const { stored } = await this.withMembers(found.stored, signal);
    return { ...found, stored };
  }

  /** Notes in the groups themselves when their members were changed. */
  async flush(): Promise<void> {
    const changes = [...this.changes].filter(([, { own }]) => own);
    this.changes.clear();
    const note = async ([id, { at }]: (typeof changes)[number]) => {
      const group = await this.byId(id);
      if (group === undefined || group.stored.meta.lastModified >= at) return;
      const { fields } = encodeGroup(this.type, group.stored, group, false, at);
      await this.api.replaceGroup(id, fields);
    };
    await inTurn(changes, (change) => note(change).catch(() => undefined));
  }

  forget(id: string): void {
    this.changes.delete(id);
    this.watch.forget(id);
  }

  async byId(id: string, signal?: AbortSignal): Promise<DecodedGroup | undefined> {
    const native = isNativeId(id) ? await this.api.group(id, signal) : undefined;
    return native === undefined ? undefined : this.decode(native);
  }

  async byIds(ids: readonly string[], signal?: AbortSignal): Promise<readonly DecodedGroup[]> {
    const found = await inTurn([...new Set(ids)], (id) => this.byId(id, signal));
    return found.filter((group) => group !== undefined);
  }

  /** Every group. */
  async all(signal?: AbortSignal): Promise<readonly DecodedGroup[]> {
    const natives = (await this.byIdOrder(signal)) ?? (await this.byNameOrder(signal));
    return natives.map((native) => this.decode(native));
  }

  /** A page in the order of ids; undefined where JumpCloud does not give it. */
  async page(
    skip: number,
    limit: number,
    signal?: AbortSignal,
  ): Promise<Page<NativeGroup> | undefined> {
    if (!this.inOrder) return undefined;
    try {
      const page = await this.api.groups('_id', skip, limit, signal);
      if (page.items.every(({ id }, i) => i === 0 || id > (page.items[i - 1]?.id ?? '')))
        return page;
    } catch (error) {
      if (!isRefusal(error, 400)) throw error;
    }
    this.inOrder = false;
    return undefined;
  }

  /** How many members a group has at most; infinite where there is no such group. */
  async countMembers(group: string): Promise<number> {
    try {
      return (await this.api.members(group, 0, 1)).total;
    } catch (error) {
      if (isRefusal(error, 400, 404)) return Number.POSITIVE_INFINITY;
      throw error;
    }
  }

  /** Ids of a group's members. @throws BackendError `unavailable` where they change all the time */
  async members(group: string, signal?: AbortSignal): Promise<readonly string[]> {
    for (let tries = 1; tries <= MOST_TRIES; tries++) {
      const found = await pages((skip) => this.api.members(group, skip, PAGE, signal));
      if (found !== undefined) return [...new Set(found)];
    }
    throw restless();
  }

  /** Pages overlap by one, as those of users do: see `UserLookup.all`. */
  private async byIdOrder(
    signal: AbortSignal | undefined,
  ): Promise<readonly NativeGroup[] | undefined> {
    const found = new Map<string, NativeGroup>();
    let last = '';
    let skip = 0;
    for (;;) {
      const page = await this.page(skip, PAGE, signal);
      if (page === undefined) return undefined;
      const first = page.items[0]?.id;
      if (skip > 0 && (first === undefined || first > last)) {
        skip = Math.max(0, Math.min(skip, page.total) - PAGE);
        continue;
      }
      for (const group of page.items) found.set(group.id, group);
      last = page.items.at(-1)?.id ?? last;
      if (skip + PAGE >= page.total) return [...found.values()];
      skip += PAGE - 1;
    }
  }

  /** Names may change while the list is read: it has to come out even. */
  private async byNameOrder(signal: AbortSignal | undefined): Promise<readonly NativeGroup[]> {
    for (let tries = 1; tries <= MOST_TRIES; tries++) {
      const found = await pages((skip) => this.api.groups('name', skip, PAGE, signal));
      const byId = new Map(found?.map((group) => [group.id, group]));
      if (found !== undefined && byId.size === found.length) return [...byId.values()];
    }
    throw restless();
  }
}

/** All pages of a list; undefined if it changed in between, so that something may have been missed. */
async function pages<T>(read: (skip: number) => Promise<Page<T>>): Promise<T[] | undefined> {
  const items: T[] = [];
  let total: number | undefined;
  for (let skip = 0; ; skip += PAGE) {
    const page = await read(skip);
    if (total !== undefined && page.total !== total) return undefined;
    total = page.total;
    items.push(...page.items);
    // A page may be short without being the last.
    if (skip + PAGE >= total) return items;
  }
}

function restless(): BackendError {
  return new BackendError('unavailable', 'A list of JumpCloud changes faster than it can be read.');
}
