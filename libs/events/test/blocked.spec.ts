import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Age } from '#durable';
import { RabbitmqPublisher } from '../src/rabbitmq/rabbitmq.publisher.js';
import { Relay } from '../src/relay/relay.js';
import { type Broker, hasBroker, startBroker } from '../src/testing/broker.js';
import { eventually, takeAll } from '../src/testing/consumer.js';
import { MemoryOutbox, update } from '../src/testing/memory-outbox.js';

const TIMEOUT = 2_000;

describe.skipIf(!hasBroker)('a broker that is short of memory', () => {
  let broker: Broker;
  let publisher: RabbitmqPublisher;
  let relay: Relay;
  const outbox = new MemoryOutbox();
  const told: string[] = [];
  const tell = (_details: object, message: string) => void told.push(message);

  beforeAll(async () => {
    broker = await startBroker();
  }, 60_000);
  afterAll(() => broker.remove());
  beforeEach(() => {
    publisher = new RabbitmqPublisher({ urls: [broker.url], queue: 'Q', timeout: TIMEOUT });
    const log = { info: tell, warn: tell, error: tell };
    relay = new Relay(outbox, publisher, async (_, id) => ({ id }), {
      name: 't',
      log,
      leaseFor: 1_000,
    });
    relay.start();
  });
  afterEach(async () => {
    await Promise.all([publisher.close(), relay.stop()]);
  });

  it('R-400 is waited for on the one connection, however long, and said to be so', async () => {
    await eventually(() => relay.state === 'working');
    await broker.alarm(true);
    const ids = Array.from({ length: 5 }, (_, i) => outbox.add(update(`u${i}`, i)).id);
    relay.wake();
    await eventually(() => relay.state === 'blocked');
    expect(await relay.measure()).toMatchObject({
      state: 'blocked',
      reason: expect.stringMatching(/memory/),
      pending: 5,
    });
    const blocked = new Age();
    await eventually(() => blocked.ms > 2 * TIMEOUT);
    expect(relay.state).toBe('blocked');
    expect(await broker.connections()).toBe(1);
    // Nobody else takes what is under way here.
    expect(await outbox.lease('another instance', 1_000)).toBe(false);
    await broker.alarm(false);
    await eventually(() => outbox.entries.length === 0);
    expect(relay.state).toBe('working');
    expect((await takeAll(broker.url, 'Q')).map(({ id }) => id)).toEqual(ids);
    expect(told).toEqual([
      'the broker takes no events at the moment; they are kept',
      'events are published again',
    ]);
  }, 60_000);

  it('R-400 keeps nobody from ending, and gets what it did not take later', async () => {
    await eventually(() => relay.state === 'working');
    await broker.alarm(true);
    outbox.add(update('late', 1));
    relay.wake();
    await eventually(() => relay.state === 'blocked');
    await Promise.all([publisher.close(), relay.stop()]);
    expect(outbox.entries).toHaveLength(1);
    await broker.alarm(false); // only then does the broker see that the connection is closed
    await eventually(async () => (await broker.connections()) === 0);
  }, 60_000);
});
