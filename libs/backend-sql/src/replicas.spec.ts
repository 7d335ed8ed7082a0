import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Position } from '#backend';
import { fixtureOf, registry, tick, userDraft } from '#backend-testkit';
import { parseFilter } from '#scim';
import {
  type DatabaseServer,
  startPgBouncer,
  startPostgres,
} from '../../../test/support/databases.js';
import { whyNot } from '../../../test/support/scratch.js';
import { SqlConnector } from './sql.connector.js';
import { DIALECTS, type TestDatabases } from './testing/dialects.js';

async function opened(url: string) {
  const backend = await new SqlConnector({ url }).open(registry.types);
  return fixtureOf(backend);
}

type Fixture = Awaited<ReturnType<typeof opened>>;

for (const dialect of DIALECTS) {
  describe.skipIf(dialect.reason)(`two services on one ${dialect.name} database`, () => {
    let databases: TestDatabases | undefined;
    beforeAll(async () => {
      databases = await dialect.start();
    }, 60_000);
    afterAll(async () => databases?.remove());

    it('start at once on an empty database, and keep their promises together', async () => {
      const url = (await databases?.createDatabase()) ?? '';
      const [a, b] = await Promise.all([opened(url), opened(url)]);
      await promises([a, b]);
      await Promise.all([a.backend.close(), b.backend.close()]);
    }, 60_000);

    it('R-350 what appears while an empty page is read is on the page that counts it', async () => {
      const url = (await databases?.createDatabase()) ?? '';
      const backend = await new SqlConnector({ url }).open(registry.types);
      const [a, b] = [fixtureOf(backend), await opened(url)];
      const rows = backend.database.rows.bind(backend.database);
      const read = vi.spyOn(backend.database, 'rows').mockImplementationOnce(async (page) => {
        const found = await rows(page);
        await b.createUser({ userName: 'late' });
        return found;
      });
      const filter = parseFilter('userName eq "late"', a.users.type);
      const { items, total } = await a.users.query({ filter, start: { offset: 0 }, limit: 9 });
      expect(read).toHaveBeenCalled();
      expect(items).toHaveLength(total);
      await Promise.all([a.backend.close(), b.backend.close()]);
    });
  });
}

describe.skipIf(whyNot('initdb', 'postgres', 'pgbouncer'))(
  'behind PgBouncer, by transaction',
  () => {
    let postgres: DatabaseServer | undefined;
    let bouncer: Awaited<ReturnType<typeof startPgBouncer>> | undefined;
    beforeAll(async () => {
      postgres = await startPostgres();
      bouncer = await startPgBouncer(postgres);
    }, 60_000);
    afterAll(async () => {
      await bouncer?.remove();
      await postgres?.remove();
    });

    it('two services with more connections than the server has keep their promises', async () => {
      await postgres?.createDatabase('bounced');
      const url = bouncer?.urlOf('bounced') ?? '';
      const [a, b] = await Promise.all([opened(url), opened(url)]);
      await promises([a, b]);
      await Promise.all([a.backend.close(), b.backend.close()]);
    }, 60_000);
  },
);

/** What holds however many services there are. */
async function promises(fixtures: readonly [Fixture, Fixture]): Promise<void> {
  const [a, b] = fixtures;
  const one = (i: number) => (i % 2 === 0 ? a : b);

  // Of 50 creates of one userName one wins.
  const creates = await Promise.allSettled(
    Array.from({ length: 50 }, (_, i) =>
      one(i).users.put(userDraft({ userName: i % 3 ? 'Wanted' : 'wanted' }), { now: tick() }),
    ),
  );
  expect(creates.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);

  // 16 clients that add members to one group lose none.
  const people = await Promise.all(Array.from({ length: 16 }, (_, i) => one(i).createUser()));
  const group = await a.createGroup();
  const deltas = (value: string) => [{ relation: 'members', add: [{ value }], remove: [] }];
  await Promise.all(
    people.map(({ id }, i) =>
      one(i).groups.applyDelta(group.id, deltas(id), { now: tick(), targets: 'exist' }),
    ),
  );
  const members = await b.groups.get(group.id, { expand: ['members'] });
  expect(members?.members).toHaveLength(16);

  // Whoever is deleted while joining is in no group afterwards.
  await Promise.all(
    people.slice(0, 8).flatMap(({ id }, i) => [
      one(i).users.delete(id, { now: tick() }),
      one(i + 1)
        .groups.applyDelta(group.id, deltas(id), { now: tick(), targets: 'exist' })
        .catch((error: unknown) => expect(error).toMatchObject({ code: 'unknown-target' })),
    ]),
  );
  const left = await a.groups.get(group.id, { expand: ['members'] });
  expect(JSON.stringify(left?.members)).not.toMatch(
    new RegExp(
      people
        .slice(0, 8)
        .map(({ id }) => id)
        .join('|'),
    ),
  );
  expect(left?.members).toHaveLength(8);

  // A number that is kept is the number that is counted.
  const filter = parseFilter('userName pr', a.users.type);
  const page = { start: { offset: 0 }, limit: 0 };
  const { total } = await a.users.query(page);
  expect(total).toBe(9);
  expect((await b.users.query({ ...page, filter })).total).toBe(total);

  // Cursors of one service go on at the other.
  const seen: string[] = [];
  let after: Position | undefined;
  for (let i = 0; ; i++) {
    const start = after === undefined ? { offset: 0 } : { after };
    const { items, next } = await one(i).users.query({ start, limit: 2 });
    seen.push(...items.map(({ id }) => id));
    after = next;
    if (next === undefined) break;
  }
  expect(new Set(seen).size).toBe(total);
  expect(seen).toHaveLength(total);
}
