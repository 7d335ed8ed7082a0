import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackendError, type OutboxStore } from '#backend';
import { fixtureOf, registry, tick, userDraft } from '#backend-testkit';
import {
  type DatabaseServer,
  startMariaDb,
  startPostgres,
} from '../../../test/support/databases.js';
import { whyNot } from '../../../test/support/scratch.js';
import { SqlConnector } from './sql.connector.js';

const SERVERS = [
  { name: 'PostgreSQL', reason: whyNot('initdb', 'postgres'), start: startPostgres },
  { name: 'MariaDB', reason: whyNot('mariadb-install-db', 'mariadbd'), start: startMariaDb },
];

const WRITERS = 8;

for (const { name, reason, start } of SERVERS) {
  describe.skipIf(reason)(`${name} is killed in the middle of writes`, () => {
    let server: DatabaseServer | undefined;
    beforeAll(async () => {
      server = await start();
    }, 60_000);
    afterAll(async () => server?.remove());

    it('nothing answered is lost, nothing is half there, and it goes on by itself', async () => {
      const url = (await server?.createDatabase()) ?? '';
      const backend = await new SqlConnector({ url }).open(registry.types);
      const fixture = fixtureOf(backend);
      const { users, groups } = fixture;
      const group = await fixture.createGroup();
      const answered: string[] = [];
      const open: string[] = [];
      let running = true;
      const codes = new Set<string>();
      const writer = async (): Promise<void> => {
        while (running) {
          const id = crypto.randomUUID();
          const record = () => ({
            operation: 'Create' as const,
            type: 'User',
            id,
            resource: { id },
          });
          open.push(id);
          try {
            await users.put({ ...userDraft(), id }, { now: tick(), record });
            const add = [{ value: id }];
            const deltas = [{ relation: 'members', add, remove: [] }];
            await groups.applyDelta(group.id, deltas, { now: tick(), targets: 'exist' });
            answered.push(id);
          } catch (error) {
            codes.add(error instanceof BackendError ? error.code : String(error));
            await delay(20);
          }
        }
      };
      const writers = Array.from({ length: WRITERS }, writer);
      await until(() => answered.length > 100);
      await server?.kill();
      const before = answered.length;
      await delay(300);
      await server?.start();
      await until(() => answered.length > before + 50);
      running = false;
      await Promise.all(writers);

      expect([...codes]).toEqual(['unavailable']);
      const members = await groups.get(group.id, { expand: ['members'] });
      const inGroup = new Set(valuesOf(members?.members));
      expect(answered.filter((id) => !inGroup.has(id))).toEqual([]);
      const events = await allEvents(backend.outbox);
      for (const id of open) {
        const user = await users.get(id);
        expect([id, events.has(id)]).toEqual([id, user !== undefined]);
        if (user === undefined) expect(inGroup.has(id)).toBe(false);
      }
      const { total } = await users.query({ start: { offset: 0 }, limit: 0 });
      expect(total).toBe(events.size);
      await backend.close();
    }, 60_000);
  });
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it did not go on');
    await delay(10);
  }
}

async function allEvents(outbox: OutboxStore): Promise<ReadonlySet<string>> {
  return new Set((await outbox.read(1_000_000)).map(({ record }) => record.id));
}

function valuesOf(elements: unknown): readonly string[] {
  if (!Array.isArray(elements)) return [];
  return elements.map((element) => String(Reflect.get(Object(element), 'value')));
}
