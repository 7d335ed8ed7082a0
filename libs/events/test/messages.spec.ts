import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RabbitmqPublisher } from '../src/rabbitmq/rabbitmq.publisher.js';
import { Relay } from '../src/relay/relay.js';
import { type Broker, hasBroker, startBroker } from '../src/testing/broker.js';
import { eventually, takeAll, withBroker } from '../src/testing/consumer.js';
import {
  type Fixture,
  fixture,
  group,
  NOW,
  now,
  temporaryFolder,
  user,
} from '../src/testing/fixture.js';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe.skipIf(!hasBroker)('messages on a real broker', () => {
  let broker: Broker;
  let queue: string;
  let count = 0;
  let folder: { path: string; remove(): Promise<void> };
  let at: Fixture;
  let closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    broker = await startBroker(['max_message_size = 200000']);
  }, 60_000);
  afterAll(() => broker.remove());
  beforeEach(async () => {
    queue = `SCIM${++count}`;
    folder = await temporaryFolder();
    at = await fixture(folder.path);
  });
  afterEach(async () => {
    for (const close of closing) await close();
    closing = [];
    await at.backend.close();
    await folder.remove();
  });

  function relay(options: object = {}) {
    const publisher = new RabbitmqPublisher({ urls: [broker.url], queue, ...options });
    const made = new Relay(at.backend.outbox, publisher, at.read, { name: 'test', log: quiet });
    closing.push(
      () => made.stop(),
      () => publisher.close(),
    );
    at.wake = () => made.wake();
    made.start();
    return made;
  }

  const drained = () =>
    eventually(async () => {
      const { pending } = await at.backend.outbox.measure();
      return pending === 0 && at.backend.outbox.openIntents.length === 0;
    });

  it('have the documented form for every operation, and one property', async () => {
    relay();
    const created = await at.users.put(user('jdoe', { displayName: 'Jane Doe' }), { now: NOW });
    const { id, meta } = created.stored;
    await drained();
    const replaced = await at.users.put(
      {
        ...created.stored,
        displayName: 'Jane D.',
        password: 'hash',
        meta: { ...meta, lastModified: '2026-01-02T03:04:06.000Z' },
      },
      { now: '2026-01-02T03:04:06.000Z', ifVersion: meta.version },
    );
    await at.users.put(replaced.stored, {
      now: now(),
      ifVersion: replaced.stored.meta.version,
    });
    await at.users.delete(id, { now: now() });
    await drained();

    const messages = await takeAll(broker.url, queue);
    const resource = (displayName: string, lastModified: string, version: string) =>
      `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"${id}",` +
      `"meta":{"resourceType":"User","created":"${NOW}","lastModified":"${lastModified}",` +
      `"location":"/Users/${id}","version":${JSON.stringify(version)}},` +
      `"userName":"jdoe","displayName":"${displayName}"}`;
    const first = resource('Jane Doe', NOW, meta.version);
    const second = resource('Jane D.', '2026-01-02T03:04:06.000Z', replaced.stored.meta.version);
    expect(messages.map(({ text }) => text)).toEqual([
      `{"operation":"Create","resource":${first}}`,
      `{"operation":"Update","resource":${second}}`,
      `{"operation":"Delete","resource":${second}}`,
    ]);
    for (const { properties } of messages) {
      const set = Object.entries(properties).filter(([, value]) => value !== undefined);
      expect(Object.fromEntries(set)).toEqual({
        deliveryMode: 2,
        headers: {},
        messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
    }
    expect(new Set(messages.map(({ id: messageId }) => messageId)).size).toBe(3);
  });

  it('announce groups with members, each of its own moment or coalesced', async () => {
    const jane = (await at.users.put(user('jane', { displayName: 'Jane' }), { now: now() })).stored;
    const bob = (await at.users.put(user('bob'), { now: now() })).stored;
    const eve = (await at.users.put(user('eve'), { now: now() })).stored;
    const made = (await at.groups.put(group('grp', [jane.id]), { now: now() })).stored;
    const delta = (add: string[], remove: string[] = []) =>
      at.groups.applyDelta(
        made.id,
        [{ relation: 'members', add: add.map((value) => ({ value })), remove }],
        { now: now() },
      );
    await delta([bob.id]);
    await delta([bob.id]);
    await delta([eve.id]);
    await at.users.delete(eve.id, { now: now() });
    const renamed = await at.groups.get(made.id);
    await at.groups.put({ ...renamed, displayName: 'GRP' } as never, {
      now: now(),
      ifVersion: renamed?.meta.version ?? '',
      keep: ['members'],
    });
    await at.groups.delete(made.id, { now: now() });
    relay();
    await drained();

    const messages = (await takeAll(broker.url, queue)).map(({ json }) => json);
    const ref = (to: { id: string }) => ({ value: to.id, type: 'User', $ref: `/Users/${to.id}` });
    expect(
      messages.slice(3).map(({ operation, resource }) => ({
        operation,
        name: resource.userName ?? resource.displayName,
        members: resource.members,
      })),
    ).toEqual([
      { operation: 'Create', name: 'grp', members: [{ ...ref(jane), display: 'Jane' }] },
      // What was pending for the group is gone with it; its Delete says how it was last.
      { operation: 'Delete', name: 'eve', members: undefined },
      { operation: 'Update', name: 'GRP', members: [{ ...ref(jane), display: 'Jane' }, ref(bob)] },
      { operation: 'Delete', name: 'GRP', members: [{ ...ref(jane), display: 'Jane' }, ref(bob)] },
    ]);
  });

  it('announce the groups of a deleted user before the user', async () => {
    const jane = (await at.users.put(user('jane'), { now: now() })).stored;
    const one = (await at.groups.put(group('one', [jane.id]), { now: now() })).stored;
    const two = (await at.groups.put(group('two', [jane.id]), { now: now() })).stored;
    relay();
    await drained();
    await at.users.delete(jane.id, { now: now() });
    await drained();
    const messages = (await takeAll(broker.url, queue)).slice(3).map(({ json }) => json);
    const told = messages.map(({ operation, resource }) => `${operation} ${resource.id}`);
    expect(told.slice(0, 2).sort()).toEqual([`Update ${one.id}`, `Update ${two.id}`].sort());
    expect(told.slice(2)).toEqual([`Delete ${jane.id}`]);
    expect(messages[0].resource).toMatchObject({ members: [] });
    expect(messages[2].resource).not.toHaveProperty('groups');
  });

  it('say nothing of what failed or changed nothing', async () => {
    relay();
    const jane = (await at.users.put(user('jane'), { now: now() })).stored;
    await expect(at.users.put(user('JANE'), { now: now() })).rejects.toThrow();
    await expect(
      at.users.put({ ...jane, active: false }, { now: now(), ifVersion: 'W/"other"' }),
    ).rejects.toThrow();
    await at.users.delete('nobody', { now: now() });
    await at.users.put(jane, { now: now(), ifVersion: jane.meta.version });
    await drained();
    expect(await takeAll(broker.url, queue)).toHaveLength(1);
  });

  it('go to a topic exchange where one is named', async () => {
    await withBroker(broker.url, async (connection) => {
      const channel = await connection.createChannel();
      await channel.assertExchange(`ex${count}`, 'topic', { durable: true });
      await channel.assertQueue(queue);
      await channel.bindQueue(queue, `ex${count}`, 'scim.user.*');
    });
    relay({ exchange: `ex${count}` });
    const jane = (await at.users.put(user('jane'), { now: now() })).stored;
    await at.groups.put(group('nobody bound a queue for this'), { now: now() });
    await at.users.delete(jane.id, { now: now() });
    await drained();
    const messages = await takeAll(broker.url, queue);
    expect(messages.map(({ routingKey }) => routingKey)).toEqual([
      'scim.user.create',
      'scim.user.delete',
    ]);
  });

  it('declare an exchange that was deleted again', async () => {
    const exchange = `gone${count}`;
    relay({ exchange });
    await at.users.put(user('a'), { now: now() });
    await drained();
    await withBroker(broker.url, async (connection) => {
      const channel = await connection.createChannel();
      await channel.deleteExchange(exchange);
    });
    await at.users.put(user('b'), { now: now() });
    await drained();
  });

  it('survive that the queue is deleted', async () => {
    const made = relay();
    for (let i = 0; i < 5; i++) await at.users.put(user(`a${i}`), { now: now() });
    await drained();
    await withBroker(broker.url, async (connection) => {
      const channel = await connection.createChannel();
      await channel.deleteQueue(queue);
    });
    for (let i = 0; i < 20; i++) await at.users.put(user(`b${i}`), { now: now() });
    await drained();
    const names = (await takeAll(broker.url, queue)).map(({ json }) => json.resource.userName);
    expect(new Set(names)).toEqual(new Set(Array.from({ length: 20 }, (_, i) => `b${i}`)));
    expect((await made.measure()).returned).toBeGreaterThan(0);
  });

  it('use a queue with other arguments only if told so', async () => {
    await withBroker(broker.url, async (connection) => {
      const channel = await connection.createChannel();
      await channel.assertQueue(queue, { durable: true, arguments: { 'x-max-priority': 3 } });
    });
    const refused = relay();
    await at.users.put(user('jane'), { now: now() });
    await eventually(async () => (await refused.measure()).state === 'failing');
    expect((await refused.measure()).reason).toMatch(/other arguments; AMQP_ASSERT=false/);
    await refused.stop();
    relay({ assert: false });
    await drained();
    await withBroker(broker.url, async (connection) => {
      const channel = await connection.createChannel();
      expect((await channel.checkQueue(queue)).messageCount).toBe(1);
    });
  });

  it('find the broker that is there among several', async () => {
    relay({ urls: ['amqp://127.0.0.1:1', 'amqp://127.0.0.1:2', broker.url] });
    await at.users.put(user('jane'), { now: now() });
    await drained();
    expect(await takeAll(broker.url, queue)).toHaveLength(1);
  });

  it('park what the broker refuses for good, and go on', async () => {
    for (let i = 0; i < 10; i++) await at.users.put(user(`a${i}`), { now: now() });
    const { stored } = await at.users.put(user('large', { title: 'x'.repeat(300_000) }), {
      now: now(),
    });
    for (let i = 0; i < 10; i++) await at.users.put(user(`b${i}`), { now: now() });
    const lines: object[] = [];
    const publisher = new RabbitmqPublisher({ urls: [broker.url], queue });
    const log = { ...quiet, error: (details: object) => lines.push(details) };
    const made = new Relay(at.backend.outbox, publisher, at.read, { name: 'test', log });
    closing.push(
      () => made.stop(),
      () => publisher.close(),
    );
    made.start();
    await drained();
    const names = (await takeAll(broker.url, queue)).map(({ json }) => json.resource.userName);
    expect(new Set(names).size).toBe(20);
    expect(names).not.toContain('large');
    expect((await made.measure()).parked).toBe(1);
    expect(lines).toEqual([
      expect.objectContaining({ id: stored.id, reason: expect.stringMatching(/message size/) }),
    ]);
  });

  it('drain in order, ten thousand at once', async () => {
    const wait: Promise<unknown>[] = [];
    const outbox = at.backend.outbox;
    for (let i = 0; i < 10_000; i++) {
      const id = `id${i}`;
      const intent = { id: `event${i}`, operation: 'Create' as const, type: 'User', now: NOW };
      const resource = { id, userName: `user${i}`, displayName: 'x'.repeat(700) };
      wait.push(outbox.end(intent, [{ operation: 'Create', type: 'User', id, resource }]));
    }
    await Promise.all(wait);
    relay();
    await drained();
    const messages = await takeAll(broker.url, queue);
    expect(messages.map(({ id }) => id)).toEqual(
      Array.from({ length: 10_000 }, (_, i) => `event${i}`),
    );
  }, 60_000);
});
