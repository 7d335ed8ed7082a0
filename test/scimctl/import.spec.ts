import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { create, ENTERPRISE, list, type Resource } from '../support/scim.js';
import { Desk, scimctl, scimctlCommand } from '../support/scimctl.js';
import { removeFolder } from '../support/scratch.js';
import { type Service, startService, TEST_KEY } from '../support/service.js';

const desk = new Desk();
let other: Service;
beforeAll(async () => {
  other = await startService({});
  const { id } = await create(other, '/Users', { userName: 'from-afar', title: 'Captain' });
  await create(other, '/Groups', { displayName: 'Crew', members: [{ value: id }] });
});
afterAll(async () => {
  await other.close();
  removeFolder(desk.folder);
});

let stores = 0;
/** The environment of an empty store. */
function empty(): string {
  stores += 1;
  const url = `sqlite:///${desk.path(`import-${stores}.db`)}`;
  return desk.environment(`import-${stores}`, { DATABASE_URL: url });
}

/** What a store has, by userName or displayName. */
async function contentsOf(env: string): Promise<ReadonlyMap<string, Resource>> {
  const { code, stdout } = await scimctl('--env', env, 'export');
  expect(code).toBe(0);
  const resources = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Resource & { userName?: string; displayName?: string });
  return new Map(resources.map((one) => [one.userName ?? one.displayName ?? '', one]));
}

function table(name: string, text: string): string {
  const file = desk.path(name);
  writeFileSync(file, text);
  return file;
}

const HERE = (env: string) => ['--job', `${env}.job`, '--report', `${env}.refused.ndjson`];

describe('import of a table', () => {
  const PEOPLE = `\ufeffuserName,name.familyName,active,emails.value,emails.type,department\r
jo,"Doe, Jr.",yes,jo@a.org;jo@b.org,work;home,Tours\r
bo,,no,,,\r
`;

  it('R-612 takes columns that are named by attributes', async () => {
    const env = empty();
    const file = table('people.csv', PEOPLE);
    const { code, stderr } = await scimctl('--env', env, 'import', file, ...HERE(env));
    expect([code, stderr]).toEqual([0, expect.anything()]);
    const found = await contentsOf(env);
    expect(found.get('jo')).toMatchObject({
      name: { familyName: 'Doe, Jr.' },
      active: true,
      emails: [
        { value: 'jo@a.org', type: 'work' },
        { value: 'jo@b.org', type: 'home' },
      ],
      [ENTERPRISE]: { department: 'Tours' },
    });
    expect(found.get('bo')).toMatchObject({ active: false });
    expect(found.get('bo')).not.toHaveProperty('emails');
  });

  it('R-612 takes columns by a mapping, and leaves the others', async () => {
    const env = empty();
    const file = table('hr.csv', 'Login,Last name,Salary\nkim,Kay,7\n');
    const map = table('columns.json', '{"Login": "userName", "Last name": "name.familyName"}');
    const { code } = await scimctl('--env', env, 'import', file, '--map', map, ...HERE(env));
    expect(code).toBe(0);
    expect((await contentsOf(env)).get('kim')).toMatchObject({ name: { familyName: 'Kay' } });
  });

  it('R-612 names every column that means nothing, and writes nothing', async () => {
    const env = empty();
    const file = table('wrong.csv', 'userName,salary,shoe\njo,1,2\n');
    const { code, stderr } = await scimctl('--env', env, 'import', file, ...HERE(env));
    expect(code).toBe(2);
    expect(stderr).toContain('salary, shoe');
    expect(stderr).toContain('--map');
  });

  it('R-612 refuses the row that is wrong, and takes the others', async () => {
    const env = empty();
    const file = table('some.csv', 'userName,active\njo,maybe\nbo,true\n');
    const { code } = await scimctl('--env', env, 'import', file, ...HERE(env));
    expect(code).toBe(1);
    expect([...(await contentsOf(env)).keys()]).toEqual(['bo']);
  });
});

describe('import of what another store has', () => {
  it('R-613 takes a folder of flat files, with ids and members', async () => {
    const env = empty();
    const { code } = await scimctl('--env', env, 'import', other.dataPath, ...HERE(env));
    expect(code).toBe(0);
    const found = await contentsOf(env);
    const { Resources = [] } = await list(other, '/Users', {});
    expect(found.get('from-afar')?.id).toBe(Resources[0]?.id);
    expect(found.get('Crew')).toMatchObject({ members: [{ value: Resources[0]?.id }] });
  });

  it('R-613 takes another SCIM server by its address and key', async () => {
    const env = empty();
    const key = table('key.txt', `${TEST_KEY}\n`);
    const source = ['import', other.url, '--key-file', key];
    const { code, stderr } = await scimctl('--env', env, ...source, ...HERE(env));
    expect([code, stderr]).toEqual([0, expect.anything()]);
    const found = await contentsOf(env);
    expect(found.get('from-afar')).toMatchObject({ title: 'Captain' });
    expect(found.get('Crew')?.members).toHaveLength(1);
    const without = await scimctl('--env', env, 'import', other.url);
    expect(without.code).toBe(2);
    expect(without.stderr).toContain('--key-file');
  });

  it('R-613 takes what another command writes, by standard input', async () => {
    const env = empty();
    const [program, ...first] = scimctlCommand;
    const args = [...first, '--env', env, 'import', '-', ...HERE(env)];
    const user = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'piped' };
    execFileSync(program, args, { input: `${JSON.stringify(user)}\n`, cwd: desk.folder });
    expect([...(await contentsOf(env)).keys()]).toEqual(['piped']);
  });
});
