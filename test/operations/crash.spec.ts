import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { eventually } from '../../libs/events/src/testing/consumer.js';
import { type ServiceProcess, startProcess } from '../support/process.js';

/**
 * The service as a process, killed with SIGKILL while clients write: what was answered is there
 * after the next start, a write that was cut off is there as a whole or not at all.
 */
const ROUNDS = 6;
const CLIENTS = 6;
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** What a client knows of one user that it made. */
interface Known {
  id: string;
  title: string;
  member: boolean;
  /** The title or membership that a write without an answer may have left. */
  maybe?: { title?: string; member?: boolean; gone?: boolean };
}

class Client {
  readonly users = new Map<string, Known>();
  readonly deleted = new Set<string>();
  written = 0;
  private running = true;

  constructor(
    private readonly url: string,
    private readonly name: string,
    private readonly group: string,
  ) {}

  /** Writes until the service is gone. */
  async run(): Promise<void> {
    for (let i = 0; this.running; i++) {
      try {
        await this.step(i);
        this.written++;
      } catch {
        this.running = false;
      }
    }
  }

  private async step(i: number): Promise<void> {
    const userName = `${this.name}-${i}`;
    const created = await send(this.url, 'POST', '/Users', {
      schemas: [USER],
      userName,
      title: 't',
    });
    const known: Known = { id: (created as { id: string }).id, title: 't', member: false };
    this.users.set(userName, known);
    await this.change(known, { title: `t${i}` }, `/Users/${known.id}`, [
      { op: 'replace', path: 'title', value: `t${i}` },
    ]);
    await this.change(known, { member: true }, `/Groups/${this.group}`, [
      { op: 'add', path: 'members', value: [{ value: known.id }] },
    ]);
    if (i % 3 !== 0) return;
    known.maybe = { gone: true, member: false };
    await send(this.url, 'DELETE', `/Users/${known.id}`);
    this.users.delete(userName);
    this.deleted.add(userName);
  }

  private async change(
    known: Known,
    change: { title?: string; member?: boolean },
    path: string,
    Operations: readonly object[],
  ): Promise<void> {
    known.maybe = change;
    await send(this.url, 'PATCH', path, { schemas: [PATCH], Operations });
    delete known.maybe;
    Object.assign(known, change);
  }
}

async function send(url: string, method: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(url + path, {
    method,
    headers: {
      Authorization: 'Bearer a-key-of-this-test',
      'Content-Type': 'application/scim+json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

interface Listed {
  id: string;
  userName: string;
  title: string;
  groups?: { value: string }[];
}

/** Every user by name, by cursor. */
async function everybody(url: string): Promise<Map<string, Listed>> {
  const found = new Map<string, Listed>();
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page = (await send(url, 'GET', `/Users?cursor=${cursor}`)) as {
      Resources: Listed[];
      nextCursor?: string;
    };
    for (const user of page.Resources) {
      expect(found.has(user.userName)).toBe(false);
      found.set(user.userName, user);
    }
    cursor = page.nextCursor;
  }
  return found;
}

describe('killed while writing', () => {
  let folder = '';
  let service: ServiceProcess | undefined;

  afterAll(async () => {
    service?.child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  async function start(): Promise<string> {
    service = startProcess({
      API_KEY: 'a-key-of-this-test',
      PORT: '0',
      HOST: '127.0.0.1',
      DATA_PATH: folder,
    });
    return service.listening();
  }

  it(`loses nothing that was answered, ${ROUNDS} times in a row`, async () => {
    folder = await mkdtemp(join(tmpdir(), 'scim-crash-'));
    let url = await start();
    const { id: group } = (await send(url, 'POST', '/Groups', {
      schemas: [GROUP],
      displayName: 'all',
    })) as { id: string };
    const clients: Client[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const now = Array.from(
        { length: CLIENTS },
        (_, i) => new Client(url, `${round}-${i}`, group),
      );
      clients.push(...now);
      const running = now.map((client) => client.run());
      // Some writes first, however long they take; then anywhere in one.
      const least = Math.ceil(Math.random() * 20);
      await eventually(() => sumOf(now) >= least, 120_000);
      await delay(Math.random() * 50);
      service?.child.kill('SIGKILL');
      await Promise.all([...running, service?.ended()]);
      url = await start();
      expect(service?.output().stdout).not.toMatch(/"level":"(warn|error|fatal)"/);
      await verify(url, clients, group);
    }
    expect(sumOf(clients)).toBeGreaterThanOrEqual(ROUNDS);
    service?.child.kill('SIGTERM');
    expect(await service?.ended()).toBe(0);
    await noHalfFiles(folder);
  }, 300_000);
});

function sumOf(clients: readonly Client[]): number {
  return clients.reduce((sum, { written }) => sum + written, 0);
}

async function verify(url: string, clients: readonly Client[], group: string): Promise<void> {
  const found = await everybody(url);
  const { members = [] } = (await send(url, 'GET', `/Groups/${group}`)) as {
    members?: { value: string }[];
  };
  const inGroup = new Set(members.map(({ value }) => value));
  const ids = new Set([...found.values()].map(({ id }) => id));
  for (const id of inGroup) expect(ids, 'a member without a user').toContain(id);
  for (const client of clients) {
    for (const userName of client.deleted) expect(found.has(userName), userName).toBe(false);
    for (const [userName, known] of client.users) {
      const user = found.get(userName);
      const { maybe } = known;
      if (user === undefined) {
        expect(maybe?.gone, `${userName} is lost`).toBe(true);
        client.users.delete(userName);
        continue;
      }
      expect([known.title, maybe?.title]).toContain(user.title);
      expect([known.member, maybe?.member]).toContain(inGroup.has(user.id));
      expect(user.groups?.some(({ value }) => value === group) ?? false).toBe(inGroup.has(user.id));
      // What it turned out to be is what it has to stay.
      Object.assign(known, { title: user.title, member: inGroup.has(user.id) });
      delete known.maybe;
    }
  }
}

/** Everything under the collections is a whole resource, and nothing temporary is left. */
async function noHalfFiles(folder: string): Promise<void> {
  for (const collection of ['Users', 'Groups']) {
    for (const name of await readdir(join(folder, collection))) {
      const resource: unknown = JSON.parse(await readFile(join(folder, collection, name), 'utf8'));
      expect(resource).toMatchObject({ id: name });
    }
  }
  const own = await readdir(join(folder, '.scim'), { recursive: true, withFileTypes: true });
  const left = own.filter((entry) => entry.isFile()).map(({ name }) => name);
  // The secret of cursors, and the mark that no secret is kept in clear, stay.
  expect(left.filter((name) => !/^secret(?:s-sealed-default)?$/.test(name))).toEqual([]);
}
