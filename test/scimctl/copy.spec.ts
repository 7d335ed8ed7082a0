import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desk, scimctl, scimctlProcess } from '../support/scimctl.js';
import { removeFolder } from '../support/scratch.js';
import { availableStores } from '../support/stores/list.js';
import type { TestStore } from '../support/stores/test-store.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
/** Stores of our own, in the order of the ring; those that this machine can run. */
const RING = ['sqlite', 'postgres', 'mariadb', 'mongo', 'ldap'];

describe('copy and diff', () => {
  const desk = new Desk();
  const stores: TestStore[] = [];
  let origin: string;

  beforeAll(async () => {
    origin = desk.environment('origin', {});
    const load = ['load', '--users', '240', '--groups', '40', '--seed', '3'];
    expect((await scimctl('--env', origin, ...load)).code).toBe(0);
    const secret = desk.path('secret.ndjson');
    const more = [
      { schemas: [USER], id: 'boss', userName: 'boss', password: 'correct horse' },
      {
        schemas: [USER, ENTERPRISE],
        id: 'staff',
        userName: 'staff',
        nickName: 'Žofie "the" <o>',
        [ENTERPRISE]: { department: 'IT', manager: { value: 'boss' } },
      },
    ];
    writeFileSync(secret, more.map((one) => `${JSON.stringify(one)}\n`).join(''));
    expect((await scimctl('--env', origin, 'import', secret)).code).toBe(0);
  });

  afterAll(async () => {
    for (const store of stores) await store.remove();
    removeFolder(desk.folder);
  });

  async function start(kind: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const found = availableStores().find(({ name }) => name === kind);
    if (found === undefined) throw new Error(`there is no store ${kind}`);
    const store = await found.start();
    stores.push(store);
    return desk.environment(kind, { ...store.env, ...env });
  }

  function sqlite(name: string): string {
    return desk.environment(name, { DATABASE_URL: `sqlite:///${desk.path(name)}.db` });
  }

  function copy(from: string, to: string, ...args: string[]) {
    const files = ['--job', desk.path('copy.job'), '--report', desk.path('copy.refused.ndjson')];
    return scimctl('--json', 'copy', '--from', from, '--to', to, ...files, ...args);
  }

  it('R-535: a copy around all stores and back is the same, every step verified', async () => {
    const there = new Set(availableStores().map(({ name }) => name));
    let from = origin;
    for (const kind of RING.filter((name) => there.has(name))) {
      const to = await start(kind);
      const { code, stdout, stderr } = await copy(from, to, '--verify');
      expect([kind, code, stdout.trim().split('\n').length, stderr]).toEqual([kind, 0, 1, '']);
      expect(JSON.parse(stdout)).toMatchObject({ created: 282, refused: 0 });
      from = to;
    }
    const end = desk.environment('end', {});
    expect((await copy(from, end)).code).toBe(0);
    const last = await scimctl('diff', '--from', origin, '--to', end);
    expect(last).toMatchObject({ code: 0, stdout: 'No differences.\n' });
    expect(existsSync(desk.path('copy.job'))).toBe(false);
  }, 600_000);

  describe('cut off', () => {
    let many: string;
    const COUNT = 1520;

    beforeAll(async () => {
      many = sqlite('many');
      const load = ['load', '--users', '1500', '--groups', '20'];
      expect((await scimctl('--env', many, ...load)).code).toBe(0);
    });

    /** Begins a copy and sends a signal once some of it is done. */
    async function cutOff(name: string, signal: NodeJS.Signals) {
      const job = desk.path(`${name}.job`);
      const to = sqlite(name);
      const args = ['copy', '--from', many, '--to', to, '--job', job, '--json', '--verify'];
      const { child, ended } = scimctlProcess(args);
      await until(() => existsSync(job) && statSync(job).size > EMPTY_JOB, ended);
      child.kill(signal);
      return { end: await ended(), done: passedIn(job), again: await scimctl(...args) };
    }

    it('R-534: a copy that is killed goes on where it was, and nothing is there twice', async () => {
      const { end, done, again } = await cutOff('killed', 'SIGKILL');
      expect(end.signal).toBe('SIGKILL');
      expect([again.code, again.stderr]).toEqual([0, '']);
      const [summary, ...differences] = again.stdout.trim().split('\n');
      expect(differences).toEqual([]);
      const { created, unchanged, resumed } = JSON.parse(summary ?? '');
      expect(resumed).toBe(done);
      expect(created + unchanged).toBe(COUNT - done);
    });

    it('R-541: Ctrl-C ends after what is under way, and nothing that was done is done again', async () => {
      const { end, done, again } = await cutOff('interrupted', 'SIGINT');
      expect(end.code).toBe(130);
      expect(JSON.parse(end.stderr).error).toMatchObject({ code: 'interrupted' });
      const [summary, ...differences] = again.stdout.trim().split('\n');
      expect([again.code, differences]).toEqual([0, []]);
      const counts = { resumed: done, created: COUNT - done, unchanged: 0, refused: 0 };
      expect(JSON.parse(summary ?? '')).toMatchObject(counts);
    });
  });

  it('R-537: diff tells what is missing, what is more, and which attributes differ', async () => {
    const [a, b] = [sqlite('left'), sqlite('right')];
    const lines = (...resources: object[]) => {
      const file = desk.path('lines.ndjson');
      writeFileSync(file, resources.map((one) => `${JSON.stringify(one)}\n`).join(''));
      return file;
    };
    const meta = { resourceType: 'User', created: '2024-05-06T07:08:09.000Z' };
    const same = { schemas: [USER], id: 'same', userName: 'same', meta };
    const user = { schemas: [USER], id: 'u', userName: 'u', password: 'first', meta };
    const left = { ...user, name: { givenName: 'A', familyName: 'B' } };
    const right = { ...user, password: 'second', name: { givenName: 'A', familyName: 'C' } };
    await scimctl('--env', a, 'import', lines(same, left, { ...same, id: 'l', userName: 'l' }));
    await scimctl('--env', b, 'import', lines(same, right, { ...same, id: 'r', userName: 'r' }));
    const { code, stdout } = await scimctl('--json', 'diff', '--from', a, '--to', b);
    expect(code).toBe(1);
    const found = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(found).toHaveLength(3);
    expect(found).toContainEqual({ kind: 'only-from', type: 'User', id: 'l' });
    expect(found).toContainEqual({ kind: 'only-to', type: 'User', id: 'r' });
    expect(found).toContainEqual({
      kind: 'differs',
      type: 'User',
      id: 'u',
      differences: expect.arrayContaining([
        { path: 'name.familyName', from: 'B', to: 'C' },
        { path: 'password', secret: true },
      ]),
    });
    const text = await scimctl('diff', '--from', a, '--to', b);
    expect(text.stdout).toContain('    name.familyName: "B" → "C"\n');
    expect(text.stdout).not.toContain('scrypt');
  });

  it('R-536: into another server and back: the job file keeps which ids belong together', async () => {
    const { to, args, summary, differences } = await copyInto('scim');
    expect(differences).toEqual([]);
    expect(summary).toMatchObject({ created: 282, refused: 0 });
    const again = await scimctl('--json', 'copy', ...args);
    expect(JSON.parse(again.stdout)).toMatchObject({ created: 0, updated: 0, unchanged: 282 });
    expect((await scimctl('diff', ...args)).code).toBe(0);
    expect((await copy(to, sqlite('scim-back'), '--verify')).code).toBe(0);
  }, 600_000);

  it('R-536: into JumpCloud and back: what it does not keep is reported, and is all that differs', async () => {
    const { to, args, report: file, summary, differences } = await copyInto('jumpcloud');
    // Groups are not kept within groups there.
    const groups = await scimctl('--env', origin, 'export', '--type', 'Group');
    const nesting = parsed(groups.stdout).filter(({ members = [] }) =>
      members.some(({ type }: { type: string }) => type === 'Group'),
    );
    expect(nesting.length).toBeGreaterThan(0);
    expect(summary).toMatchObject({ created: 282, refused: nesting.length });
    const report = parsed(readFileSync(desk.path('jumpcloud.refused.ndjson'), 'utf8'));
    expect(report.map(({ id, scimctl: { code } }) => `${code} ${id}`).sort()).toEqual(
      nesting.map(({ id }) => `unsupported ${id}`).sort(),
    );
    const paths = differences.map(({ id, differences: all }) => [
      id,
      all.map(({ path }: Path) => path),
    ]);
    expect(paths.sort()).toEqual(nesting.map(({ id }) => [id, ['members']]).sort());
    const again = await scimctl('--json', 'copy', ...args, ...file);
    expect(JSON.parse(again.stdout)).toMatchObject({ created: 0, updated: 0, unchanged: 282 });
    expect((await copy(to, sqlite('jumpcloud-back'), '--verify')).code).toBe(0);
  }, 600_000);

  /** Copies to a store that gives ids of its own, and compares. */
  async function copyInto(kind: string) {
    const to = await start(kind);
    const files = ['--job', desk.path(`${kind}.job`)];
    const report = ['--report', desk.path(`${kind}.refused.ndjson`)];
    const args = ['--from', origin, '--to', to, ...files];
    const { stdout, stderr } = await scimctl('--json', 'copy', ...args, ...report, '--verify');
    expect(stderr).toBe('');
    const [summary, ...differences] = parsed(stdout);
    return { to, args, report, summary, differences };
  }

  it('R-536: a place is not copied into itself', async () => {
    expect((await copy(origin, origin)).code).toBe(2);
  });
});

interface Path {
  readonly path: string;
}

function parsed(lines: string) {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Bytes of a job file in which nothing was noted. */
const EMPTY_JOB = 40_000;

/** Resources that a job file says were done. */
function passedIn(file: string): number {
  const database = new DatabaseSync(file);
  const text = `select count(*) as n from passed where key like 'resources %'`;
  const { n } = database.prepare(text).get() as { n: number };
  database.close();
  return n;
}

async function until(condition: () => boolean, ended: () => Promise<unknown>): Promise<void> {
  let over = false;
  void ended().then(() => {
    over = true;
  });
  while (!condition()) {
    if (over) throw new Error('it ended before');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
