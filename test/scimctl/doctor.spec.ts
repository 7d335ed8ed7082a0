import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MemoryConnector, overriding } from '#backend';
import { reverse } from '../../apps/scimctl/src/doctor/resources.js';
import { readEnvironment } from '../../apps/scimctl/src/place/environment.js';
import { openPlace } from '../../apps/scimctl/src/place/place.js';
import { Desk, scimctl } from '../support/scimctl.js';
import { freePort, removeFolder } from '../support/scratch.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

describe('doctor', () => {
  const desk = new Desk();
  afterAll(() => removeFolder(desk.folder));

  async function doctor(environment: string, ...args: string[]) {
    const { code, stdout } = await scimctl('--env', environment, '--json', 'doctor', ...args);
    const lines = stdout.split('\n').filter((line) => line !== '');
    const found = lines.map((line) => JSON.parse(line) as Told);
    return { code, found, checks: found.map(({ check }) => check).sort() };
  }

  /** Flat files with this in them, by their paths. */
  function files(name: string, contents: Readonly<Record<string, string | object>>): string {
    const folder = desk.path(`${name}.data`);
    for (const [path, content] of Object.entries(contents)) {
      mkdirSync(join(folder, path, '..'), { recursive: true, mode: 0o700 });
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      writeFileSync(join(folder, path), text);
    }
    return desk.environment(name, {});
  }

  it('R-542: where nothing is wrong, nothing is found', async () => {
    const healthy = desk.environment('healthy', {});
    await scimctl('--env', healthy, 'load', '--users', '30', '--groups', '11');
    expect(await doctor(healthy)).toEqual({ code: 0, found: [], checks: [] });
    expect((await scimctl('--env', healthy, 'doctor')).stdout).toBe('Nothing is wrong.\n');
  });

  it('R-542: faults that were planted in flat files are found, and --fix mends what is safe', async () => {
    const sick = files('sick', {
      'Users/a': { schemas: [USER], id: 'a', userName: 'same', password: 'in clear' },
      'Users/d': { schemas: [USER], id: 'd', userName: 'other', password: 'in clear' },
      'Users/b': { schemas: [USER], id: 'b', userName: 'SAME' },
      'Users/c': '{"schemas": [',
      'Groups/g': {
        schemas: [GROUP],
        id: 'g',
        displayName: 'G',
        members: [{ value: 'a' }, { value: 'gone' }],
      },
    });
    const state = join(desk.path('sick.data'), '.scim');
    mkdirSync(state);
    chmodSync(state, 0o755);
    const before = await doctor(sick);
    expect(before.code).toBe(1);
    expect(before.checks).toEqual([
      'dangling',
      'files',
      'secrets',
      'secrets',
      'store',
      'store',
      'unique',
    ]);
    const told = before.found.map(({ what, problem }) => `${what}: ${problem}`).join('\n');
    expect(told).toMatch(/Users\/c: The file is not served/);
    expect(told).toMatch(/Group g: members names what does not exist: gone/);
    expect(told).toMatch(/User [ab]: its userName is also that of [ab]/);
    expect(told).toMatch(/User d: a password is kept in clear/);

    const dry = await doctor(sick, '--fix', '--dry-run');
    expect(
      dry.found
        .filter(({ fixable }) => fixable)
        .map(({ check }) => check)
        .sort(),
    ).toEqual(['dangling', 'secrets', 'secrets']);
    const fixed = await doctor(sick, '--fix');
    expect(
      fixed.found
        .filter(({ fixed: done }) => done !== undefined)
        .map(({ check }) => check)
        .sort(),
    ).toEqual(['dangling', 'secrets']);
    const after = await doctor(sick);
    // A user whose name is another's as well cannot be written before that is settled.
    expect(fixed.found.filter(({ failed }) => failed !== undefined)).toMatchObject([
      { what: 'User a', failed: 'Another resource has this userName.' },
    ]);
    expect(after.checks).toEqual(['files', 'secrets', 'store', 'store', 'unique']);
    const { stdout } = await scimctl('--env', sick, 'export', '--type', 'Group');
    expect(JSON.parse(stdout).members).toEqual([{ value: 'a', type: 'User' }]);
  });

  it('R-542: a configuration, a store, a broker and events that are wrong are found', async () => {
    const wrong = await doctor(desk.environment('wrong', { PAGE_SIZE: 'many' }));
    expect([wrong.code, wrong.checks]).toEqual([2, ['configuration']]);
    const url = `mongodb://127.0.0.1:${await freePort()}/?serverSelectionTimeoutMS=500`;
    const away = await doctor(desk.environment('away', { MONGO_DB: url }));
    expect([away.code, away.checks]).toEqual([3, ['store']]);

    const AMQP = `amqp://127.0.0.1:${await freePort()}`;
    const DATABASE_URL = `sqlite:///${desk.path('parked')}.db`;
    const environment = desk.environment('parked', { DATABASE_URL, AMQP });
    await scimctl('--env', environment, 'load', '--users', '1', '--groups', '0');
    const place = await openPlace({
      environment: readEnvironment(environment),
      access: 'write',
      warn: () => undefined,
    });
    const [entry] = (await place.backend.outbox?.read(1)) ?? [];
    await place.backend.outbox?.park(entry?.id ?? '', 'too large');
    await place.close();
    const events = await doctor(environment);
    expect([events.code, events.checks]).toEqual([1, ['broker', 'outbox']]);
  });

  it('R-542: groups of users that do not agree with members are found, from both ends', async () => {
    const place = await openPlace({
      environment: readEnvironment(desk.environment('reverse', {})),
      access: 'write',
      warn: () => undefined,
    });
    const { registry } = place;
    await place.close();
    const memory = await new MemoryConnector({}).open(registry.types);
    const now = new Date().toISOString();
    const put = (type: string, id: string, more: object) => {
      const found = registry.typeByName.get(type);
      if (found === undefined) throw new Error(`there is no type ${type}`);
      const meta = { resourceType: type, created: now, lastModified: now };
      const draft = { schemas: [found.schema.id], id, ...more, meta };
      return memory.store(found).put(draft, { now });
    };
    await put('User', 'forgotten', { userName: 'forgotten' });
    await put('User', 'believer', { userName: 'believer' });
    await put('Group', 'g', { displayName: 'g', members: [{ value: 'forgotten' }] });
    // A store that says of users what is not so.
    const store: typeof memory.store = (type) =>
      type.name === 'User'
        ? overriding(memory.store(type), {
            get: async (id, options) => {
              const stored = await memory.store(type).get(id, options);
              return stored && id === 'believer' ? { ...stored, groups: [{ value: 'g' }] } : stored;
            },
          })
        : memory.store(type);
    const { createRepositories } = await import('#backend');
    const supports = { ...memory.supports, inverses: true };
    const lying = { supports, store, close: () => memory.close(), ping: async () => undefined };
    const repositories = createRepositories(lying, registry);
    const found: string[] = [];
    const sick = {
      ...place,
      backend: lying,
      repository: ({ name }: { readonly name: string }) => {
        const repository = repositories.get(name);
        if (repository === undefined) throw new Error(name);
        return repository;
      },
    };
    for await (const { what } of reverse(sick, new AbortController().signal)) found.push(what);
    expect(found).toEqual(['User believer', 'Group g']);
  });
});

interface Told {
  readonly check: string;
  readonly what: string;
  readonly problem: string;
  readonly fixable?: boolean;
  readonly fixed?: string;
  readonly failed?: string;
}
