import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackendError, type OutboxStore } from '#backend';
import { fixtureOf, membersOf, registry, tick, userDraft } from '#backend-testkit';
import { type OwnMongoServer, startOwnMongo, whyNoMongo } from '../../../test/support/mongo.js';
import { MongoConnector } from './mongo.connector.js';
import { KINDS } from './testing/scratch.js';

const WRITERS = 8;

for (const kind of KINDS) {
  describe.skipIf(whyNoMongo(kind, true))(`a ${kind} is killed in the middle of writes`, () => {
    let server: OwnMongoServer | undefined;
    beforeAll(async () => {
      server = await startOwnMongo(kind);
    });
    afterAll(async () => server?.remove());

    it('R-414 nothing answered is lost, nothing is half there, and it goes on by itself', async () => {
      const connector = new MongoConnector({
        url: server?.url ?? '',
        database: server?.createDatabase() ?? '',
        selectionTimeout: 2_000,
      });
      const backend = await connector.open(registry.types);
      const { users, groups, createGroup } = fixtureOf(backend);
      const group = await createGroup();
      const answered: string[] = [];
      const tried: string[] = [];
      const codes = new Set<string>();
      let running = true;
      const writer = async (): Promise<void> => {
        while (running) {
          const id = crypto.randomUUID();
          const resource = { id };
          const record = () => ({ operation: 'Create' as const, type: 'User', id, resource });
          tried.push(id);
          try {
            await users.put({ ...userDraft(), id }, { now: tick(), record });
            const deltas = [{ relation: 'members', add: [{ value: id }], remove: [] }];
            await groups.applyDelta(group.id, deltas, { now: tick(), targets: 'exist' });
            answered.push(id);
          } catch (error) {
            codes.add(error instanceof BackendError ? error.code : String(error));
            await delay(20);
          }
        }
      };
      const writers = Array.from({ length: WRITERS }, writer);
      await until(() => answered.length > 40);
      await server?.kill();
      const before = answered.length;
      await delay(300);
      await server?.start();
      await until(() => answered.length > before + 20);
      running = false;
      await Promise.all(writers);

      expect([...codes].filter((code) => code !== 'unavailable')).toEqual([]);
      const inGroup = new Set(await membersOf(groups, group.id));
      expect(answered.filter((id) => !inGroup.has(id))).toEqual([]);
      const there = new Set<string>();
      for (const id of tried) if ((await users.get(id)) !== undefined) there.add(id);
      expect([...inGroup].filter((id) => !there.has(id))).toEqual([]);
      if (backend.outbox !== undefined) {
        expect(await announced(backend.outbox)).toEqual([...there].sort());
      }
      await backend.close();

      // What is kept of the number of resources is put right at the next start.
      const again = await connector.open(registry.types);
      const { total } = await fixtureOf(again).users.query({ start: { offset: 0 }, limit: 0 });
      expect(total).toBe(there.size);
      await again.close();
    }, 300_000);
  });
}

async function announced(outbox: OutboxStore): Promise<readonly string[]> {
  return (await outbox.read(1_000_000)).map(({ record }) => record.id).sort();
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(10);
}
