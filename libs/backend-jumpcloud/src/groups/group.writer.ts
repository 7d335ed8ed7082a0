import {
  BackendError,
  conflict,
  type Deletion,
  type DeltaResult,
  type Draft,
  gone,
  inTurn,
  type Locks,
  notUnique,
  type RelationDelta,
  type Stored,
  uniqueKeys,
  type WriteContext,
} from '#backend';
import type { ResourceType } from '#scim';
import { Outage } from '#upstream-http';
import { isRefusal } from '../api/errors.js';
import type { JumpCloudApi } from '../api/jumpcloud.api.js';
import { isNativeId, type NativeGroup } from '../api/native.js';
import { objects } from '../mapping/fields.js';
import { type DecodedGroup, type EncodedGroup, encodeGroup } from '../mapping/group.mapping.js';
import { idRefused } from '../users/user.writer.js';
import type { GroupLookup } from './group.lookup.js';

const MEMBERS = 'members';
/** Creations that got no answer before it is given up. */
const MOST_TRIES = 3;
/** What the grammar of a filter by name can hold. */
const FILTERABLE = /^[^,*]+$/;

/** What happens to one member. */
interface Step {
  readonly op: 'add' | 'remove';
  readonly user: string;
}

/** Writes groups, and their members one by one, as JumpCloud wants it. */
export class GroupWriter {
  constructor(
    private readonly type: ResourceType,
    private readonly api: JumpCloudApi,
    private readonly lookup: GroupLookup,
    private readonly locks: Locks,
  ) {}

  put(draft: Draft, context: WriteContext): Promise<Stored> {
    const { id } = draft;
    const values = uniqueKeys(this.type, draft).map(({ path, key }) => `group ${path} ${key}`);
    if (context.ifVersion === undefined) {
      if (id !== undefined) throw idRefused();
      return this.locks.run(values, () => this.create(draft, context));
    }
    if (id === undefined || !isNativeId(id)) throw gone();
    return this.locks.run([`group ${id}`, ...values], () => this.replace(id, draft, context));
  }

  delete(id: string, { ifVersion }: WriteContext): Promise<Deletion | undefined> {
    return this.locks.run([`group ${id}`], async () => {
      const current = await this.lookup.current(id, ifVersion);
      if (current === undefined) return undefined;
      if (ifVersion !== undefined && current.stored.meta.version !== ifVersion) throw conflict();
      const done = await this.api.deleteGroup(id);
      this.lookup.forget(id);
      return done ? { deleted: current.stored } : undefined;
    });
  }

  applyDelta(
    id: string,
    deltas: readonly RelationDelta[],
    context: WriteContext,
  ): Promise<DeltaResult | undefined> {
    return this.locks.run([`group ${id}`], async () => {
      const current = await this.lookup.current(id, context.ifVersion, context.signal);
      if (current === undefined) return undefined;
      if (context.ifVersion !== undefined && current.stored.meta.version !== context.ifVersion) {
        throw conflict();
      }
      const steps = deltas.flatMap(({ add, remove }) => [
        ...remove.map((user): Step => ({ op: 'remove', user })),
        ...add.map(({ value }): Step => ({ op: 'add', user: value })),
      ]);
      const changed = (await this.changeMembers(id, steps)).length > 0;
      if (!changed) return { stored: current.stored, changed };
      return { stored: this.lookup.noteChange(current).stored, changed };
    });
  }

  private async create(draft: Draft, context: WriteContext): Promise<Stored> {
    await this.checkUnique(draft, undefined);
    const native = await this.createNamed(draft, context.signal);
    try {
      this.lookup.watch.remember(native.id, []);
      await this.changeMembers(native.id, memberSteps(draft, []));
    } catch (error) {
      // A group without its members would be half of what was asked for.
      await this.api.deleteGroup(native.id).catch(() => undefined);
      throw error;
    }
    return this.lookup.decode(native).stored;
  }

  private async createNamed(draft: Draft, signal: AbortSignal | undefined): Promise<NativeGroup> {
    let taken = false;
    let encoded = encodeGroup(this.type, draft, undefined, taken);
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted();
      try {
        return await this.createOnce(encoded, tries > 1);
      } catch (error) {
        if (error instanceof Outage && error.details.perhapsDone && tries < MOST_TRIES) continue;
        if (taken || !isRefusal(error) || !(await this.isTaken(encoded, undefined))) throw error;
        taken = true;
        encoded = encodeGroup(this.type, draft, undefined, taken);
      }
    }
  }

  /** As that of users: a creation whose answer was lost is looked for, twice where it may be late. */
  private async createOnce(
    { fields, mark }: EncodedGroup,
    repeated: boolean,
  ): Promise<NativeGroup> {
    try {
      return await this.api.createGroup(fields);
    } catch (error) {
      const lost = error instanceof Outage && error.details.perhapsDone;
      if (!lost && !(repeated && isRefusal(error))) throw error;
      const found = await this.named(String(fields.name));
      if (found === undefined || this.lookup.decode(found).mark !== mark) throw error;
      return found;
    }
  }

  private async replace(id: string, draft: Draft, context: WriteContext): Promise<Stored> {
    const { ifVersion, computedFrom, signal } = context;
    // Members that others change meanwhile are no conflict for who leaves them as they are.
    const compared = computedFrom === undefined ? ifVersion : undefined;
    const current = await this.lookup.current(id, compared, signal);
    if (current === undefined) throw gone();
    if (current.stored.meta.version !== ifVersion) throw conflict();
    await this.checkUnique(draft, current.stored);
    const states = !(context.keep ?? []).includes(MEMBERS);
    const steps = states ? memberSteps(draft, await this.lookup.members(id)) : [];
    const done = await this.changeMembers(id, steps);
    try {
      const native = await this.replaceNamed(id, draft, current);
      return this.lookup.decode(native).stored;
    } catch (error) {
      await this.takeBack(id, done);
      throw error;
    }
  }

  private async replaceNamed(
    id: string,
    draft: Draft,
    current: DecodedGroup,
  ): Promise<NativeGroup> {
    const encoded = encodeGroup(this.type, draft, current, false);
    try {
      return await this.api.replaceGroup(id, encoded.fields);
    } catch (error) {
      if (isRefusal(error, 404)) throw gone();
      if (!isRefusal(error) || !(await this.isTaken(encoded, id))) throw error;
      return this.api.replaceGroup(id, encodeGroup(this.type, draft, current, true).fields);
    }
  }

  /** Whether a name is that of another group. */
  private async isTaken({ fields }: EncodedGroup, id: string | undefined): Promise<boolean> {
    const found = await this.named(String(fields.name));
    return found !== undefined && found.id !== id;
  }

  private async named(name: string): Promise<NativeGroup | undefined> {
    if (FILTERABLE.test(name)) return this.api.groupNamed(name);
    const all = await this.lookup.all();
    return all.find(({ native }) => native.name === name)?.native;
  }

  /**
   * Takes steps, all or none.
   * @returns those that changed something
   * @throws BackendError `unknown-target` naming everybody who does not exist
   */
  private changeMembers(id: string, steps: readonly Step[]): Promise<readonly Step[]> {
    return this.lookup.watch.during(id, () => this.take(id, steps));
  }

  private async take(id: string, steps: readonly Step[]): Promise<readonly Step[]> {
    const unknown: string[] = [];
    const done: Step[] = [];
    const failures: unknown[] = [];
    await inTurn(steps, async (step) => {
      const { op, user } = step;
      if (!isNativeId(user)) {
        if (op === 'add') unknown.push(user);
        return;
      }
      try {
        if (failures.length > 0) return;
        if (await this.api.changeMember(id, op, user)) done.push(step);
      } catch (error) {
        if (isRefusal(error) && (await this.isNobody(user))) unknown.push(user);
        else failures.push(error);
      }
    });
    if (failures.length === 0 && unknown.length === 0) return done;
    await this.takeBack(id, done);
    if (failures.length > 0) throw failures[0];
    throw await this.noUsers(unknown);
  }

  private async isNobody(user: string): Promise<boolean> {
    return (await this.api.user(user)) === undefined;
  }

  /** Groups cannot be members; what is neither does not exist. */
  private async noUsers(ids: readonly string[]): Promise<BackendError> {
    const groups = await this.lookup.byIds(ids);
    const unknown = ids.filter((id) => !groups.some(({ stored }) => stored.id === id));
    if (unknown.length > 0) {
      const message = `members: JumpCloud has no user with the id "${unknown[0]?.slice(0, 100)}".`;
      return new BackendError('unknown-target', message, { path: MEMBERS, ids: unknown });
    }
    const message = 'members: JumpCloud keeps no group within a group.';
    return new BackendError('unsupported', message, { path: MEMBERS, ids });
  }

  /** Takes steps back, as far as that is possible. */
  private async takeBack(id: string, steps: readonly Step[]): Promise<void> {
    this.lookup.watch.forget(id);
    await inTurn(steps, ({ op, user }) =>
      this.api.changeMember(id, op === 'add' ? 'remove' : 'add', user).catch(() => undefined),
    );
  }

  private async checkUnique(draft: Draft, current: Stored | undefined): Promise<void> {
    const keys = uniqueKeys(this.type, draft);
    const before = current === undefined ? [] : uniqueKeys(this.type, current);
    const changed = keys.filter(
      ({ path, key }) => !before.some((old) => old.path === path && old.key === key),
    );
    if (changed.length === 0) return;
    for (const { stored } of await this.lookup.all()) {
      if (stored.id === current?.id) continue;
      const theirs = uniqueKeys(this.type, stored);
      for (const { path, key } of changed) {
        if (theirs.some((their) => their.path === path && their.key === key)) throw notUnique(path);
      }
    }
  }
}

function memberSteps(draft: Draft, present: readonly string[]): readonly Step[] {
  const wanted = new Set(objects(draft[MEMBERS]).map(({ value }) => String(value)));
  const before = new Set(present);
  return [
    ...present.filter((user) => !wanted.has(user)).map((user): Step => ({ op: 'remove', user })),
    ...[...wanted].filter((user) => !before.has(user)).map((user): Step => ({ op: 'add', user })),
  ];
}
