import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, Call, LoadClient } from '../load.js';
import { now, Violation } from './model.js';
import type { Group, Resource, User, World } from './world.js';

const MESSAGE = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
/** So few that all clients meet at them. */
const HOT = 4;

/** One of many, who does one thing after another at any of the services, and checks each answer. */
export class SoakClient {
  private created = 0;
  private renamed = 0;

  constructor(
    private readonly number: number,
    private readonly world: World,
    private readonly services: readonly LoadClient[],
    private readonly count: (what: string) => void,
  ) {}

  async step(): Promise<void> {
    const chance = Math.random();
    const own = this.world.staying[this.number];
    if (own === undefined) throw new Error(`client ${this.number} has no user of its own`);
    if (chance < 0.3) await this.toggle(own, pick(this.world.groups));
    else if (chance < 0.5) await this.raise(pick(this.world.staying.slice(0, HOT)));
    else if (chance < 0.6) await this.live();
    else if (chance < 0.65) await this.rename();
    else if (chance < 0.8) await this.readGroup(pick(this.world.groups));
    else if (chance < 0.9) await this.readUser(pick(this.world.users));
    else if (chance < 0.95) await this.findGroups(pick(this.world.staying));
    else await this.listUsers();
  }

  /** Adds its own user to a group, or removes it. */
  private async toggle(user: User, group: Group): Promise<void> {
    const register = this.world.member(group, user);
    const add = register.value !== true;
    const operation = add
      ? { op: 'add', path: 'members', value: [{ value: user.id }] }
      : { op: 'remove', path: `members[value eq "${user.id}"]` };
    await register.write(add, () => this.patchGroup(group, operation));
    await this.readGroup(group);
  }

  /** Only the client with the group's number gives it names. */
  private async rename(): Promise<void> {
    const group = this.world.groups[this.number];
    if (group === undefined) return this.readGroup(pick(this.world.groups));
    const value = `group ${this.number} for the ${++this.renamed}. time`;
    const operation = { op: 'replace', path: 'displayName', value };
    return group.name.write(value, () => this.patchGroup(group, operation));
  }

  private async patchGroup({ id }: Group, operation: object): Promise<void> {
    const start = now();
    const body = JSON.stringify({ schemas: [MESSAGE], Operations: [operation] });
    const answer = await this.surely({ method: 'PATCH', path: `/Groups/${id}`, body }, [200, 204]);
    if (answer.status === 200) this.world.sawGroup(resource(answer), start);
  }

  /** Raises a title that others raise as well, by PATCH or by PUT of what was read. */
  private async raise({ id, title }: User): Promise<void> {
    const path = `/Users/${id}`;
    const begun = this.world.beginUsers();
    const read = resource(await this.surely({ method: 'GET', path }, [200]));
    this.world.sawUser(read, begun);
    const value = Number(read.title ?? 0);
    title.versioned(read.meta.version, value);
    title.attempt(value + 1);
    const next = String(value + 1);
    const headers = { 'If-Match': read.meta.version };
    const replace = { op: 'replace', path: 'title', value: next };
    const call =
      Math.random() < 0.5
        ? { method: 'PATCH', body: { schemas: [MESSAGE], Operations: [replace] } }
        : { method: 'PUT', body: { ...read, title: next } };
    const body = JSON.stringify(call.body);
    const answer = await this.send({ method: call.method, path, body, headers });
    if (answer.status === 200 || answer.status === 204) title.raised(value + 1);
    else if (![412, 503].includes(answer.status)) throw unexpected(call.method, path, answer);
  }

  /** The whole life of a user: created, added, seen, deleted, gone. */
  private async live(): Promise<void> {
    const name = `soak-${this.number}-${++this.created}`;
    const start = now();
    const body = JSON.stringify({ schemas: [USER], userName: name });
    const answer = await this.send({ method: 'POST', path: '/Users', body });
    if (answer.status === 503) return; // whether it was made is open: nobody asks for it
    if (answer.status !== 201) throw unexpected('POST', '/Users', answer);
    const user = this.world.addUser(resource(answer).id, name, start, false);
    const group = pick(this.world.groups);
    await this.readUser(user);
    await this.toggle(user, group);
    await this.readUser(user);
    const path = `/Users/${user.id}`;
    await user.exists.write(false, () =>
      this.world.member(group, user).write(false, () =>
        // Tried again after a 503, it may be gone already.
        this.surely({ method: 'DELETE', path }, [204, 404]),
      ),
    );
    await this.readUser(user);
    await this.readGroup(group);
    this.world.users.splice(this.world.users.indexOf(user), 1);
  }

  private async readGroup({ id }: Group): Promise<void> {
    const start = now();
    const answer = await this.surely({ method: 'GET', path: `/Groups/${id}` }, [200]);
    this.world.sawGroup(resource(answer), start);
  }

  private async readUser(user: User): Promise<void> {
    const begun = this.world.beginUsers();
    const answer = await this.surely({ method: 'GET', path: `/Users/${user.id}` }, [200, 404]);
    if (answer.status === 200) this.world.sawUser(resource(answer), begun);
    else user.exists.saw(false, begun.start);
  }

  private async findGroups(user: User): Promise<void> {
    const start = now();
    const told = await this.list('/Groups', `members.value eq "${user.id}"`);
    for (const group of told) this.world.sawGroup(group, start);
    this.world.sawGroupsOf(
      user,
      told.map(({ id }) => id),
      start,
    );
  }

  private async listUsers(): Promise<void> {
    const begun = this.world.beginUsers();
    const told = await this.list('/Users', 'userName sw "soak-"');
    for (const user of told) this.world.sawUser(user, begun);
    const ids = new Set(told.map(({ id }) => id));
    for (const { id, exists } of this.world.users) exists.saw(ids.has(id), begun.start);
  }

  private async list(endpoint: string, filter: string): Promise<readonly Resource[]> {
    const path = `${endpoint}?count=500&filter=${encodeURIComponent(filter)}`;
    const { body } = await this.surely({ method: 'GET', path }, [200]);
    const { totalResults, Resources = [] } = JSON.parse(body);
    if (totalResults !== Resources.length) {
      throw new Violation(`${path}: ${totalResults} in all, ${Resources.length} are told`);
    }
    return Resources;
  }

  /** Sends until it is answered, since 503 says to come again. */
  private async surely(call: Call, expected: readonly number[]): Promise<Answer> {
    for (;;) {
      const answer = await this.send(call);
      if (expected.includes(answer.status)) return answer;
      if (answer.status !== 503) throw unexpected(call.method, call.path, answer);
      await delay(100);
    }
  }

  private async send(call: Call): Promise<Answer> {
    const answer = await pick(this.services).send(call);
    this.count(`${call.method} ${answer.status}`);
    return answer;
  }
}

function pick<T>(list: readonly T[]): T {
  const found = list[Math.floor(Math.random() * list.length)];
  if (found === undefined) throw new Error('there is nothing to choose from');
  return found;
}

function resource({ body }: Answer): Resource {
  return JSON.parse(body);
}

function unexpected(method: string, path: string, { status, body }: Answer): Violation {
  return new Violation(`${method} ${path}: ${status} ${body.slice(0, 300)}`);
}
