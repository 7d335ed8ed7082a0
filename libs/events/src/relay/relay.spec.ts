import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { OutboxStore } from '#backend';
import type { JsonObject } from '#scim';
import { type OutgoingEvent, PublishError, type Publisher } from '../publisher.js';
import { eventually } from '../testing/consumer.js';
import { MemoryOutbox, reference, update } from '../testing/memory-outbox.js';
import { Relay } from './relay.js';
import type { RelayOptions } from './relay.options.js';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A transport that takes messages as a test wants it to. */
class FakePublisher implements Publisher {
  readonly taken: OutgoingEvent[] = [];
  /** Called for each message; a throw refuses it, and a promise takes its time. */
  judge: (event: OutgoingEvent) => void | Promise<void> = () => undefined;
  connects = 0;

  async connect(): Promise<void> {
    this.connects++;
  }

  async publish(event: OutgoingEvent): Promise<void> {
    await this.judge(event);
    this.taken.push(event);
  }

  async close(): Promise<void> {}
}

describe('the relay', () => {
  let relays: Relay[] = [];
  afterEach(async () => {
    for (const relay of relays) await relay.stop();
    relays = [];
  });

  function start(
    outbox: OutboxStore,
    publisher: Publisher,
    options: Partial<RelayOptions> = {},
    read: (type: string, id: string) => Promise<JsonObject | undefined> = async (_, id) => ({ id }),
  ): Relay {
    const relay = new Relay(outbox, publisher, read, {
      name: 'test',
      log: quiet,
      pollEvery: 20,
      retryFrom: 1,
      retryUpTo: 20,
      ...options,
    });
    relays.push(relay);
    relay.start();
    return relay;
  }

  const empty = (outbox: MemoryOutbox) => eventually(() => outbox.entries.length === 0, 10_000);

  it('keeps the order of each resource, whatever fails on the way', async () => {
    const outbox = new MemoryOutbox();
    for (let i = 0; i < 400; i++) outbox.add(update(`user${Math.floor(Math.random() * 30)}`, i));
    const expected = new Map<string, string[]>();
    for (const { id, record } of outbox.entries) {
      expected.set(record.id, [...(expected.get(record.id) ?? []), id]);
    }
    const publisher = new FakePublisher();
    const failures = ['unavailable', 'returned', 'rejected', 'suspect'] as const;
    publisher.judge = async () => {
      await delay(Math.random() * 2);
      const failure = failures[Math.floor(Math.random() * 40)];
      if (failure !== undefined) throw new PublishError(failure, failure);
    };
    start(outbox, publisher, { batch: 50, window: 20 });
    await empty(outbox);
    const taken = new Map<string, string[]>();
    for (const { id, resource } of publisher.taken) {
      const before = taken.get(String(resource.id)) ?? [];
      if (!before.includes(id)) taken.set(String(resource.id), [...before, id]);
    }
    expect(taken).toEqual(expected);
  });

  it('has many messages under way at once', async () => {
    const outbox = new MemoryOutbox();
    for (let i = 0; i < 300; i++) outbox.add(update(`user${i}`, i));
    const publisher = new FakePublisher();
    let underWay = 0;
    let most = 0;
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    publisher.judge = async () => {
      most = Math.max(most, ++underWay);
      if (underWay === 100) open(); // or it never ends
      await gate;
      underWay--;
    };
    start(outbox, publisher, { window: 100 });
    await empty(outbox);
    expect(most).toBe(100);
  });

  it('lets another instance take over within seconds when it is killed in its work', async () => {
    const outbox = new MemoryOutbox();
    for (let i = 0; i < 100; i++) outbox.add(update(`user${i % 10}`, i));
    const dying = new FakePublisher();
    let isDead = false;
    dying.judge = async () => {
      if (dying.taken.length === 35) isDead = true;
      if (isDead) await new Promise(() => undefined);
    };
    // What a killed process does not do any more: neither mark nor release anything.
    const dead: OutboxStore = {
      lease: (holder, milliseconds) =>
        isDead ? Promise.resolve(false) : outbox.lease(holder, milliseconds),
      release: async () => undefined,
      read: outbox.read,
      done: (ids) => (isDead ? Promise.resolve() : outbox.done(ids)),
      park: (id, reason) => outbox.park(id, reason),
      measure: () => outbox.measure(),
    };
    const first = new Relay(dead, dying, async () => undefined, { name: 'a', log: quiet });
    first.start();
    await eventually(() => isDead);
    const alive = new FakePublisher();
    const second = start(outbox, alive, { leaseFor: 5_000 });
    await eventually(() => second.state === 'standby');
    expect(alive.taken).toEqual([]);
    await empty(outbox);
    const seen = new Set([...dying.taken, ...alive.taken].map(({ id }) => id));
    expect(seen.size).toBe(100);
    for (let user = 0; user < 10; user++) {
      const values = [...dying.taken, ...alive.taken]
        .filter(({ resource }) => resource.id === `user${user}`)
        .map(({ resource }) => resource.value);
      expect([...new Set(values)]).toEqual(Array.from({ length: 10 }, (_, i) => i * 10 + user));
    }
  }, 15_000);

  it('leaves publishing to an instance that can', async () => {
    const outbox = new MemoryOutbox();
    const cut = new FakePublisher();
    cut.connect = () => Promise.reject(new PublishError('unavailable', 'no route'));
    const first = start(outbox, cut, { leaseFor: 60_000, retryFrom: 200, retryUpTo: 200 });
    await eventually(() => first.state === 'failing');
    outbox.add(update('user', 1));
    start(outbox, new FakePublisher(), { leaseFor: 60_000 });
    await empty(outbox);
  });

  it('joins waiting changes of relations, at the place of the first', async () => {
    const outbox = new MemoryOutbox();
    outbox.add(reference('g'));
    outbox.add(update('user', 1));
    outbox.add(reference('g'));
    outbox.add(reference('other'));
    outbox.add({ operation: 'Update', type: 'Group', id: 'g', resource: { id: 'g', name: 'own' } });
    outbox.add(reference('g'));
    const publisher = new FakePublisher();
    start(outbox, publisher, {}, async (_, id) => ({ id, name: 'read' }));
    await empty(outbox);
    expect(publisher.taken.map(({ id, resource }) => [id, resource.id, resource.name])).toEqual([
      ['e3', 'g', 'read'],
      ['e2', 'user', undefined],
      ['e4', 'other', 'read'],
      ['e5', 'g', 'own'],
      ['e6', 'g', 'read'],
    ]);
  });

  it('never gives one id to two contents: what is joined later is another message', async () => {
    const outbox = new MemoryOutbox();
    outbox.add(reference('g'));
    let content = 1;
    const publisher = new FakePublisher();
    const sent: [string, unknown][] = [];
    publisher.judge = ({ id, resource }) => {
      sent.push([id, resource.content]);
      if (sent.length > 1) return;
      outbox.add(reference('g'));
      content = 2;
      throw new PublishError('unavailable', 'the confirm was lost');
    };
    start(outbox, publisher, {}, async (_, id) => ({ id, content }));
    await empty(outbox);
    expect(sent).toEqual([
      ['e1', 1],
      ['e2', 2],
    ]);
  });

  it('says nothing of a resource that is gone; its own Delete does', async () => {
    const outbox = new MemoryOutbox();
    outbox.add(reference('g'));
    outbox.add({
      operation: 'Update',
      type: 'Group',
      id: 'g',
      resource: { id: 'g', displayName: 'new' },
      relations: ['members'],
    });
    const members = [{ value: 'u' }];
    outbox.add({ operation: 'Delete', type: 'Group', id: 'g', resource: { id: 'g', members } });
    const publisher = new FakePublisher();
    start(outbox, publisher, {}, async () => undefined);
    await empty(outbox);
    expect(publisher.taken.map(({ operation, resource }) => [operation, resource])).toEqual([
      ['Update', { id: 'g', displayName: 'new', members }],
      ['Delete', { id: 'g', members }],
    ]);
  });

  it('finds the one that is refused, parks it with its reason, and goes on', async () => {
    const outbox = new MemoryOutbox();
    for (let i = 0; i < 40; i++) outbox.add(update(`user${i}`, i));
    const publisher = new FakePublisher();
    let underWay = 0;
    publisher.judge = async ({ resource }) => {
      underWay++;
      await delay(1);
      const alone = underWay === 1;
      underWay--;
      if (resource.id !== 'user17') return;
      throw new PublishError(alone ? 'refused' : 'suspect', 'too large');
    };
    const lines: object[] = [];
    const log = { ...quiet, warn: (details: object) => lines.push(details) };
    start(outbox, publisher, { log });
    await empty(outbox);
    expect([...outbox.parked]).toEqual([['e18', 'too large']]);
    expect(new Set(publisher.taken.map(({ id }) => id)).size).toBe(39);
    expect(lines).toEqual([]);
  });

  it('tells when it fails and when it works again, once each', async () => {
    const outbox = new MemoryOutbox();
    const lines: string[] = [];
    const publisher = new FakePublisher();
    let away = true;
    publisher.connect = async () => {
      publisher.connects++;
      if (away) throw new PublishError('unavailable', 'connection refused');
    };
    const note = (_: object, message: string) => lines.push(message);
    const relay = start(outbox, publisher, { log: { info: note, warn: note, error: note } });
    await eventually(() => publisher.connects > 5);
    expect(await relay.measure()).toMatchObject({ state: 'failing', reason: 'connection refused' });
    away = false;
    await eventually(() => relay.state === 'working');
    expect(lines).toEqual([
      'events cannot be published at the moment; they are kept',
      'events are published again',
    ]);
  });

  it('tries again while it fails, and does not wait for news while it works', async () => {
    const outbox = new MemoryOutbox();
    const publisher = new FakePublisher();
    let tries = 0;
    let away = true;
    publisher.connect = async () => {
      tries++;
      if (away) throw new PublishError('unavailable', 'away');
    };
    const relay = start(outbox, publisher, { pollEvery: 1_000_000 });
    await eventually(() => tries > 5);
    away = false;
    await eventually(() => relay.state === 'working');
    outbox.add(update('user', 1));
    relay.wake();
    await empty(outbox); // long before it would look by itself
  });

  it('R-408 asks for its lease again in time, also when the clock is set back', async () => {
    const outbox = new MemoryOutbox();
    let asked = 0;
    const lease = outbox.lease;
    outbox.lease = (holder, milliseconds) => {
      asked++;
      return lease(holder, milliseconds);
    };
    start(outbox, new FakePublisher(), { leaseFor: 60, pollEvery: 5 });
    await eventually(() => asked > 0);
    const clock = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => clock() - 3_600_000);
    try {
      const before = asked;
      await vi.waitFor(() => expect(asked).toBeGreaterThan(before + 2), { timeout: 20_000 });
    } finally {
      vi.restoreAllMocks();
    }
  });
});
