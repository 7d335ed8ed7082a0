import { Counter, now, Register, Violation } from './model.js';

export interface Resource {
  readonly id: string;
  readonly title?: string;
  readonly displayName?: string;
  readonly members?: readonly { readonly value: string }[];
  readonly groups?: readonly { readonly value: string }[];
  readonly meta: { readonly version: string };
  readonly [attribute: string]: unknown;
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly exists: Register<boolean>;
  readonly title: Counter;
}

export interface Group {
  readonly id: string;
  readonly name: Register<string>;
  /** Whether a user is a member, by the user's id; one client writes each. */
  readonly members: Map<string, Register<boolean>>;
}

/** Everything that the clients know of, and what each answer about it has to agree with. */
export class World {
  readonly users: User[] = [];
  /** Users that stay to the end. */
  readonly staying: User[] = [];
  readonly groups: Group[] = [];
  /** Those that are gone as well, by their ids. */
  private readonly everyUser = new Map<string, User>();

  /** @param start when its creation began, which has just been answered */
  addUser(id: string, name: string, start: number, stays: boolean): User {
    const exists = new Register(`user ${name} exists`, false);
    exists.wrote(true, start);
    const user = { id, name, exists, title: new Counter(`title of user ${name}`) };
    this.users.push(user);
    this.everyUser.set(id, user);
    if (stays) this.staying.push(user);
    for (const group of this.groups) this.member(group, user);
    return user;
  }

  addGroup(id: string, name: string): Group {
    const group: Group = {
      id,
      name: new Register(`name of group ${id}`, name),
      members: new Map(),
    };
    this.groups.push(group);
    for (const user of this.users) this.member(group, user);
    return group;
  }

  /** The membership of the user in the group. */
  member(group: Group, { id, name }: User): Register<boolean> {
    const known = group.members.get(id);
    if (known !== undefined) return known;
    const register = new Register(`user ${name} is in group ${group.id}`, false);
    group.members.set(id, register);
    return register;
  }

  /** Before a read of users. */
  beginUsers(): { readonly start: number; readonly floors: ReadonlyMap<string, number> } {
    const floors = new Map(this.users.map(({ id, title }) => [id, title.floor()]));
    return { start: now(), floors };
  }

  /** A read told this user, whole. */
  sawUser(told: Resource, { start, floors }: ReturnType<World['beginUsers']>): void {
    const user = this.everyUser.get(told.id);
    // One that is being created is known only when its creation is answered.
    if (user === undefined) return;
    user.exists.saw(true, start);
    const title = Number(told.title ?? 0);
    user.title.saw(title, floors.get(user.id) ?? 0);
    const groups = new Set(told.groups?.map(({ value }) => value));
    for (const group of this.groups) this.member(group, user).saw(groups.has(group.id), start);
  }

  /** A read told this group, with its members. */
  sawGroup(told: Resource, start: number): void {
    const group = this.groups.find(({ id }) => id === told.id);
    if (group === undefined) throw new Violation(`group ${told.id} was never made`);
    group.name.saw(String(told.displayName), start);
    const members = told.members?.map(({ value }) => value) ?? [];
    const distinct = new Set(members);
    if (distinct.size !== members.length) throw new Violation(`group ${told.id}: a member twice`);
    for (const id of distinct) {
      if (!group.members.has(id)) throw new Violation(`group ${told.id}: ${id} was never added`);
    }
    for (const [id, register] of group.members) register.saw(distinct.has(id), start);
  }

  /** A filter told exactly these groups to have the user. */
  sawGroupsOf(user: User, ids: readonly string[], start: number): void {
    for (const group of this.groups) this.member(group, user).saw(ids.includes(group.id), start);
  }
}
