import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desk, scimctl } from '../support/scimctl.js';
import { removeFolder } from '../support/scratch.js';
import { startService } from '../support/service.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

describe('export and import', () => {
  const desk = new Desk();
  let files: string;
  let database = 0;

  beforeAll(async () => {
    files = desk.environment('files', {});
    expect((await scimctl('--env', files, 'load', '--users', '60', '--groups', '12')).code).toBe(0);
  });

  afterAll(() => removeFolder(desk.folder));

  /** An empty store. */
  function fresh(env: Readonly<Record<string, string>> = {}): string {
    const name = `sqlite-${++database}`;
    return desk.environment(name, { DATABASE_URL: `sqlite:///${desk.path(name)}.db`, ...env });
  }

  function write(name: string, resources: readonly (object | undefined)[]): string {
    const file = desk.path(name);
    writeFileSync(file, resources.map((one) => `${JSON.stringify(one)}\n`).join(''));
    return file;
  }

  async function exported(environment: string, ...args: string[]) {
    const { code, stdout } = await scimctl('--env', environment, 'export', ...args);
    expect(code).toBe(0);
    return linesOf(stdout);
  }

  it('R-531: what is exported comes back with ids, times and members, users before groups', async () => {
    const output = desk.path('all.ndjson');
    const { code } = await scimctl('--env', files, 'export', '--output', output);
    expect(code).toBe(0);
    expect(statSync(output).mode & 0o777).toBe(0o600);
    const target = fresh();
    const imported = await scimctl('--env', target, '--json', 'import', output);
    expect(JSON.parse(imported.stdout)).toMatchObject({ created: 72, refused: 0 });
    expect(existsSync(`${output}.job`)).toBe(false);

    const before = linesOf(readFileSync(output, 'utf8'));
    expect(before.map(({ meta }) => meta.resourceType).join()).toMatch(
      /^(User,){60}(Group,?){12}$/,
    );
    expect(before.some(({ members = [] }) => members.some(({ type }) => type === 'Group'))).toBe(
      true,
    );
    const after = await exported(target);
    expect(byId(after)).toEqual(byId(before));
    const again = await scimctl('--env', target, '--json', 'import', output);
    expect(JSON.parse(again.stdout)).toMatchObject({
      created: 0,
      updated: 0,
      unchanged: 72,
      refused: 0,
      elementsAdded: 0,
    });
  });

  it('R-531: a type and a filter choose what is exported; passwords can be left out', async () => {
    const target = fresh();
    const file = write('secret.ndjson', [
      { schemas: [USER], id: 'u1', userName: 'with', password: 'correct horse' },
      { schemas: [USER], id: 'u2', userName: 'without', active: false },
    ]);
    expect((await scimctl('--env', target, 'import', file)).code).toBe(0);
    const [first] = await exported(target, '--type', 'User', '--filter', 'userName eq "WITH"');
    expect(first).toMatchObject({ id: 'u1', password: expect.stringMatching(/^\$scrypt\$/) });
    const bare = await exported(target, '--no-secrets');
    expect(bare).toHaveLength(2);
    expect(bare.some((one) => 'password' in one)).toBe(false);
    // The hash itself travels, and the password in clear is still known to be the same one.
    const copy = fresh();
    const hashes = write('hashes.ndjson', await exported(target));
    expect((await scimctl('--env', copy, 'import', hashes)).code).toBe(0);
    expect(
      (await exported(copy, '--type', 'User', '--filter', 'userName eq "with"'))[0]?.password,
    ).toBe(first?.password);
    expect((await scimctl('--env', files, 'export', '--filter', 'active eq true')).code).toBe(2);
  });

  it('R-532: what is refused is in a report that can be mended and imported', async () => {
    const target = fresh();
    const file = write('mixed.ndjson', [
      { schemas: [USER], id: 'u1', userName: 'one' },
      { schemas: [USER], id: 'u2' },
      { schemas: [USER], id: 'u3', userName: 'ONE' },
      {
        schemas: [GROUP],
        id: 'g1',
        displayName: 'Team',
        members: [{ value: 'u1' }, { value: 'nobody' }],
      },
      { whatever: true },
    ]);
    const { code, stdout } = await scimctl('--env', target, '--json', 'import', file);
    expect(code).toBe(1);
    const report = `${file}.refused.ndjson`;
    expect(JSON.parse(stdout)).toMatchObject({ created: 2, refused: 4, elementsAdded: 1, report });
    const lines = linesOf(readFileSync(report, 'utf8'));
    const codes = lines.map(({ id, scimctl: mark }) => `${id} ${mark?.code}`);
    expect(codes.sort()).toEqual([
      'g1 unknown-target',
      'u2 invalidValue',
      'u3 unique',
      'undefined invalidSyntax',
    ]);
    const refused = byId(lines);
    expect(membersOf(refused.get('g1'))).toEqual(['nobody']);

    const mended = [
      { ...refused.get('u2'), userName: 'two' },
      { ...refused.get('u3'), userName: 'three' },
      { schemas: [USER], id: 'nobody', userName: 'somebody' },
      refused.get('g1'),
    ];
    const second = await scimctl(
      '--env',
      target,
      '--json',
      'import',
      write('mended.ndjson', mended),
    );
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ created: 3, refused: 0, elementsAdded: 1 });
    const [group] = await exported(target, '--type', 'Group');
    expect(membersOf(group)).toEqual(['nobody', 'u1']);
  });

  it('R-532: what is there and differs stays, unless --update; --dry-run writes nothing', async () => {
    const target = fresh();
    const people = ['u1', 'u2'].map((id) => ({ schemas: [USER], id, userName: id, title: 'old' }));
    const team = { schemas: [GROUP], id: 'g1', displayName: 'Team', members: [{ value: 'u1' }] };
    await scimctl('--env', target, 'import', write('first.ndjson', [...people, team]));
    const changed = write('second.ndjson', [
      { ...people[0], title: 'new' },
      people[1],
      { ...team, members: [{ value: 'u2' }] },
      { schemas: [USER], id: 'u4', userName: 'U2' },
    ]);
    const dry = await scimctl(
      '--env',
      target,
      '--json',
      'import',
      changed,
      '--dry-run',
      '--update',
    );
    expect(JSON.parse(dry.stdout)).toMatchObject({
      dryRun: true,
      updated: 1,
      unchanged: 2,
      refused: 1,
    });
    const kept = await scimctl('--env', target, '--json', 'import', changed);
    expect(JSON.parse(kept.stdout)).toMatchObject({
      updated: 0,
      unchanged: 1,
      refused: 3,
      elementsAdded: 0,
    });
    expect((await exported(target)).find(({ id }) => id === 'u1')?.title).toBe('old');
    const updated = await scimctl('--env', target, '--json', 'import', changed, '--update');
    expect(JSON.parse(updated.stdout)).toMatchObject({
      updated: 1,
      refused: 1,
      elementsAdded: 1,
      elementsRemoved: 1,
    });
    const after = byId(await exported(target));
    expect(after.get('u1')?.title).toBe('new');
    expect(membersOf(after.get('g1'))).toEqual(['u2']);
  });

  it('R-533: groups within groups come in any order, in circles, and before their users', async () => {
    const target = fresh();
    const group = (id: string, ...members: string[]) => ({
      schemas: [GROUP],
      id,
      displayName: id,
      members: members.map((value) => ({ value })),
    });
    const file = write('nested.ndjson', [
      group('outer', 'inner', 'u1'),
      group('inner', 'outer'),
      { schemas: [USER], id: 'u1', userName: 'late' },
    ]);
    expect((await scimctl('--env', target, 'import', file)).code).toBe(0);
    const after = byId(await exported(target));
    expect(membersOf(after.get('outer'))).toEqual(['inner', 'u1']);
    expect(after.get('inner')?.members).toEqual([{ value: 'outer', type: 'Group' }]);
  });

  it('R-539: a seed makes the same users and groups again, and asks where others are', async () => {
    const [a, b, c] = [fresh(), fresh(), fresh()];
    for (const [place, seed] of [
      [a, '7'],
      [b, '7'],
      [c, '8'],
    ] as const) {
      const load = ['load', '--users', '20', '--groups', '6', '--seed', seed];
      expect((await scimctl('--env', place, ...load)).code).toBe(0);
    }
    expect((await scimctl('diff', '--from', a, '--to', b)).code).toBe(0);
    expect((await scimctl('diff', '--from', a, '--to', c)).code).toBe(1);
    const refused = await scimctl('--env', c, 'load', '--users', '1');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    expect((await scimctl('--env', c, 'load', '--users', '1', '--groups', '0', '--yes')).code).toBe(
      0,
    );
  });

  it('R-546: what a store does of a filter is told, and what is left', async () => {
    const target = fresh();
    await scimctl('--env', target, 'load', '--users', '30', '--groups', '0');
    const explain = async (filter: string) => {
      const { stdout } = await scimctl('--env', target, '--json', 'filter', 'explain', filter);
      return JSON.parse(stdout);
    };
    expect(await explain('externalId eq "sample-1-7"')).toEqual({
      store: 'SQL',
      type: 'User',
      filter: 'externalId eq "sample-1-7"',
      attributes: [{ path: 'externalId', indexes: ['externalId'] }],
      residual: null,
      sorts: 'store',
      pages: 'store',
      read: 1,
      matches: 1,
    });
    const part = await explain('displayName pr and groups.value eq "x"');
    expect(part.matches).toBe(0);
    expect(part.attributes).toContainEqual({ path: 'displayName', indexes: ['displayName'] });
    const wrong = await scimctl('--env', target, 'filter', 'explain', 'userName equals "x"');
    expect(wrong.code).toBe(2);
  });

  it('R-538: a folder that a service holds is read, and writing says who has it', async () => {
    const dataPath = desk.path('held.data');
    const held = desk.environment('held', { DATA_PATH: dataPath });
    const service = await startService({ DATA_PATH: dataPath });
    try {
      const body = { schemas: [USER], userName: 'live' };
      const { id } = (await service.request('POST', '/Users', { body })).json<{ id: string }>();
      const members = [{ value: id }];
      const team = { schemas: [GROUP], displayName: 'Team' };
      const group = (await service.request('POST', '/Groups', { body: team })).json<{
        id: string;
      }>();
      const patch = {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'add', path: 'members', value: members }],
      };
      expect((await service.request('PATCH', `/Groups/${group.id}`, { body: patch })).status).toBe(
        200,
      );
      const seen = await exported(held);
      expect(seen).toHaveLength(2);
      expect(seen[1]?.members).toEqual([{ value: id, type: 'User' }]);
      const refused = await scimctl('--env', held, 'load');
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(/The data folder .* is in use by process \d+ on .*Stop it/);
      expect((await service.request('GET', '/Users?count=0')).json()).toMatchObject({
        totalResults: 1,
      });
    } finally {
      await service.close();
    }
  });
});

/** A line of an export or report, as far as tests look into it. */
interface Line {
  readonly id: string;
  readonly title?: string;
  readonly password?: string;
  readonly meta: { readonly resourceType: string };
  readonly members?: readonly { readonly value: string; readonly type?: string }[];
  readonly scimctl?: { readonly code: string };
}

function linesOf(text: string): readonly Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

/** By id, with members in an order that means nothing. */
function byId(lines: readonly Line[]): ReadonlyMap<string, Line> {
  return new Map(
    lines.map((line) => [
      line.id,
      line.members === undefined ? line : { ...line, members: [...line.members].sort(byValue) },
    ]),
  );
}

function byValue(a: { readonly value: string }, b: { readonly value: string }): number {
  return a.value < b.value ? -1 : 1;
}

function membersOf(line: Line | undefined): readonly string[] {
  return (line?.members ?? []).map(({ value }) => value).sort();
}
