import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventRecord, RecordedChange } from '#backend';
import { fixtureOf, registry, tick, userDraft } from '#backend-testkit';
import { SqlConnector } from '../sql.connector.js';
import { DIALECTS, type TestDatabases } from '../testing/dialects.js';

const record = ({ operation, type, stored }: RecordedChange): EventRecord => ({
  operation,
  type: type.name,
  id: stored.id,
  ...(operation === 'Update' ? {} : { resource: { id: stored.id } }),
});

for (const dialect of DIALECTS) {
  describe.skipIf(dialect.reason)(`the outbox on ${dialect.name}`, () => {
    let databases: TestDatabases | undefined;
    beforeAll(async () => {
      databases = await dialect.start();
    }, 60_000);
    afterAll(async () => databases?.remove());

    const open = async (url?: string) => {
      const own = url ?? (await databases?.createDatabase()) ?? '';
      const backend = await new SqlConnector({ url: own }).open(registry.types);
      return { url: own, fixture: fixtureOf(backend), outbox: backend.outbox, backend };
    };

    it('holds the event of every change and of none that failed, others of a delete first', async () => {
      const { fixture, outbox, backend } = await open();
      const { users, groups } = fixture;
      const write = () => ({ now: tick(), record });
      const { stored: user } = await users.put(userDraft({ userName: 'one' }), write());
      await expect(users.put(userDraft({ userName: 'ONE' }), write())).rejects.toThrow();
      const group = await fixture.createGroup();
      const deltas = [{ relation: 'members', add: [{ value: user.id }], remove: [] }];
      await groups.applyDelta(group.id, deltas, write());
      await groups.applyDelta(group.id, deltas, write());
      await expect(users.delete(user.id, { ...write(), ifVersion: 'W/"x"' })).rejects.toThrow();
      await users.delete(user.id, write());
      const entries = await outbox.read(100);
      expect(entries.map((entry) => [entry.record.operation, entry.record.id])).toEqual([
        ['Create', user.id],
        ['Update', group.id],
        ['Update', group.id],
        ['Delete', user.id],
      ]);
      expect(entries[0]?.record.resource).toEqual({ id: user.id });
      expect(entries[1]?.record).not.toHaveProperty('resource');
      const sequences = entries.map(({ sequence }) => sequence);
      expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
      expect(new Set(entries.map(({ id }) => id)).size).toBe(4);

      expect(await outbox.measure()).toEqual({
        pending: 4,
        parked: 0,
        oldest: entries[0]?.recordedAt,
      });
      await outbox.park(entries[1]?.id ?? '', 'too large');
      await outbox.done([entries[0]?.id ?? '', entries[2]?.id ?? '']);
      expect((await outbox.read(100)).map(({ id }) => id)).toEqual([entries[3]?.id]);
      expect(await outbox.measure()).toMatchObject({ pending: 1, parked: 1 });
      await backend.close();
    });

    it('is read by one of several at a time', async () => {
      const { url, outbox, backend } = await open();
      const other = await open(url);
      const taken = await Promise.all(
        ['a', 'b', 'c', 'd'].map((name, i) => (i % 2 ? outbox : other.outbox).lease(name, 60_000)),
      );
      expect(taken.filter(Boolean)).toHaveLength(1);
      const holder = ['a', 'b', 'c', 'd'][taken.indexOf(true)] ?? '';
      expect(await outbox.lease(holder, 50)).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 120));
      expect(await other.outbox.lease('late', 60_000)).toBe(true);
      expect(await outbox.lease(holder, 60_000)).toBe(false);
      await outbox.release(holder);
      expect(await outbox.lease(holder, 60_000)).toBe(false);
      await other.outbox.release('late');
      expect(await outbox.lease(holder, 60_000)).toBe(true);
      await other.backend.close();
      await backend.close();
    });
  });
}
