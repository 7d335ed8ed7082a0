import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Query, Stored } from '#backend';
import { fixtureOf, registry, tick, userType } from '#backend-testkit';
import { parseFilter } from '#scim';
import type { SqlBackend } from '../sql.backend.js';
import { SqlConnector } from '../sql.connector.js';
import { Steps } from './steps.js';

const USERS = 1_200;
const MANY = Array.from({ length: 100 }, (_, i) => `title co "z${i}"`).join(' or ');

describe('reads of many rows by a database inside the service', () => {
  let backend: SqlBackend;
  beforeAll(async () => {
    backend = await new SqlConnector({ url: 'sqlite://' }).open(registry.types);
    const { createUser } = fixtureOf(backend);
    for (let i = 0; i < USERS; i++) await createUser({ title: `Title ${i % 7}` });
  });
  afterAll(() => backend.close());

  const filtered = (text: string): Query => ({
    filter: parseFilter(text, userType),
    start: { offset: 0 },
    limit: 10,
  });

  /** What came of some work, and how often others had a turn meanwhile. */
  async function counting<T>(work: () => Promise<T>) {
    let turns = 0;
    let over = false;
    const turn = () => {
      turns += 1;
      if (!over) setImmediate(turn);
    };
    setImmediate(turn);
    const result = await work();
    over = true;
    return { turns, ...result };
  }

  const turnsOf = (query: Query) =>
    counting(async () => {
      const page = await backend.store(userType).query?.(query);
      const items: Stored[] = [];
      for await (const item of page?.items ?? []) items.push(item);
      return { items, paged: page?.paged };
    });

  it('R-550 what an index finds is one statement', async () => {
    for (const text of ['userName eq "x"', 'userName sw "x"', 'emails.value eq "x"']) {
      expect((await turnsOf(filtered(text))).paged, text).toBe(true);
    }
  });

  it('R-550 what no index finds is read in steps of a few rows, between which others have a turn', async () => {
    const { turns, items, paged } = await turnsOf(filtered('title co "zz"'));
    expect(paged).toBe(false);
    expect(items).toEqual([]);
    expect(turns).toBeGreaterThanOrEqual(Math.floor(USERS / 500));
  });

  it('R-550 many comparisons are left to the engine, which has the JSON of a resource once', async () => {
    const { turns, items } = await turnsOf(filtered(MANY));
    expect(items).toHaveLength(USERS);
    expect(turns).toBeGreaterThanOrEqual(Math.floor(USERS / 500));
  });

  it('R-550 the longer the rows, the fewer in a step', async () => {
    const steps = new Steps(backend.database);
    const rows = (size: number) => Array.from({ length: 100 }, () => ({ size }));
    expect(steps.next(rows(1_000), undefined)).toBe(200);
    expect(steps.next(rows(20_000), undefined)).toBe(50);
    expect(steps.next(rows(20_000_000), undefined)).toBe(1);
  });

  it('R-550 so is what no index has in order', async () => {
    const attribute = userType.attributes.get('title');
    if (attribute === undefined) throw new Error('no title');
    const { turns, items } = await turnsOf({
      sort: { path: { attribute, sub: undefined }, descending: false },
      start: { offset: 0 },
      limit: 10,
    });
    expect(items).toHaveLength(USERS);
    expect(turns).toBeGreaterThanOrEqual(Math.floor(USERS / 500));
  });

  it('R-552 the members of a large group are read in steps, all of one version', async () => {
    const { groups, createGroup } = fixtureOf(backend);
    const members = Array.from({ length: 9_000 }, (_, i) => `m${i}`);
    const { id } = await createGroup(members);
    const remove = { relation: 'members', add: [], remove: ['m0'] };
    const between = new Promise((resolve, reject) => {
      setImmediate(() => groups.applyDelta(id, [remove], { now: tick() }).then(resolve, reject));
    });
    const read = await groups.get(id, { expand: ['members'] });
    await between;
    const now = await groups.get(id, { expand: ['members'] });
    expect(read?.members).toHaveLength(8_999);
    expect(read).toEqual(now);
  });

  it('R-552 a group that goes between two steps is gone', async () => {
    const { groups, createGroup } = fixtureOf(backend);
    const { id } = await createGroup(Array.from({ length: 9_000 }, (_, i) => `m${i}`));
    const between = new Promise((resolve, reject) => {
      setImmediate(() => groups.delete(id, { now: tick() }).then(resolve, reject));
    });
    expect(await groups.get(id, { expand: ['members'] })).toBeUndefined();
    await between;
  });

  it('R-550 a write of many values gives others a turn between its statements', async () => {
    const { createUser } = fixtureOf(backend);
    const emails = Array.from({ length: 5_000 }, (_, i) => ({ value: `many-${i}@example.org` }));
    const { turns } = await counting(() => createUser({ emails }));
    expect(turns).toBeGreaterThanOrEqual(2);
  });

  it('R-551 steps end when nobody waits for them any more', async () => {
    const gone = new AbortController();
    setImmediate(() => gone.abort(new Error('gone')));
    await expect(turnsOf({ ...filtered(MANY), signal: gone.signal })).rejects.toThrow('gone');
  });
});
