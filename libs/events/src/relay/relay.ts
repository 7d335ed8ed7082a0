import { randomUUID } from 'node:crypto';
import type { OutboxEntry, OutboxMeasure, OutboxStore } from '#backend';
import { Age } from '#durable';
import { isArray, type JsonObject } from '#scim';
import { asPublishError, PublishError, type Publisher } from '../publisher.js';
import type { ReadResource } from '../recording/resource-reader.js';
import { Alarm } from './alarm.js';
import { Backoff } from './backoff.js';
import { type PlannedMessage, planMessages, wavesOf } from './plan.js';
import { RELAY_DEFAULTS, type RelayOptions } from './relay.options.js';
import { renderMessage } from './render.js';

/** Elements of resources that may be under way at once: groups can have a million members. */
const MOST_WEIGHT = 50_000;

/**
 * - `standby`: another instance publishes
 * - `blocked`: the broker is there and takes nothing at the moment
 * - `failing`: nothing can be published at the moment
 */
export type RelayState = 'starting' | 'working' | 'standby' | 'blocked' | 'failing' | 'stopped';

export interface RelayMeasure extends Partial<OutboxMeasure> {
  readonly name: string;
  readonly state: RelayState;
  /** Why it is blocked or failing. */
  readonly reason?: string;
  /** Since the start of this process. */
  readonly published: number;
  readonly returned: number;
  readonly retried: number;
}

/**
 * Brings the events of an outbox to a publisher, in order for each resource, and forgets them when
 * they were confirmed. Of several instances the one with the lease does.
 */
export class Relay {
  private readonly holder = randomUUID();
  private readonly settings: Required<RelayOptions>;
  private readonly backoff: Backoff;
  private readonly alarm = new Alarm();
  private readonly counts = { published: 0, returned: 0, retried: 0 };
  private current: RelayState = 'starting';
  private reason: string | undefined;
  /** Since when nothing is published. */
  private silent: Age | undefined;
  /** Messages that are still to be sent one at a time, to find the one that is refused. */
  private single = 0;
  /** Since when the lease is ours. */
  private leased: Age | undefined;
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly outbox: OutboxStore,
    private readonly publisher: Publisher,
    private readonly read: ReadResource,
    options: RelayOptions,
  ) {
    this.settings = { ...RELAY_DEFAULTS, ...options };
    this.backoff = new Backoff(this.settings.retryFrom, this.settings.retryUpTo);
  }

  get state(): RelayState {
    return this.current;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** There may be something to publish. */
  wake(): void {
    this.alarm.ring('wake');
  }

  /** Finishes what is under way; the rest waits in the outbox. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.alarm.ring('stop');
    await this.running;
    this.current = 'stopped';
  }

  async measure(): Promise<RelayMeasure> {
    // A store that does not answer has a health check of its own.
    const outbox = await this.outbox.measure().catch(() => ({}));
    return {
      name: this.settings.name,
      state: this.current,
      ...(this.reason === undefined ? {} : { reason: this.reason }),
      ...this.counts,
      ...outbox,
    };
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      try {
        const busy = await this.turn();
        if (!busy) await this.alarm.wait(this.settings.pollEvery, 'wake');
      } catch (error) {
        this.failed(asPublishError(error));
        await this.release();
        await this.alarm.wait(this.backoff.next(), 'stop');
      }
    }
    await this.release();
  }

  /** @returns whether there may be more to do at once */
  private async turn(): Promise<boolean> {
    if (!(await this.renewLease())) {
      this.standBy();
      return false;
    }
    // Also with nothing to send: whether the broker is there is worth knowing before.
    await this.publisher.connect();
    if (this.isBlocked()) return false;
    const entries = await this.outbox.read(this.settings.batch);
    if (entries.length > 0) await this.publishAll(entries);
    this.works();
    return entries.length > 0;
  }

  private async publishAll(entries: readonly OutboxEntry[]): Promise<void> {
    const messages = planMessages(entries);
    for (let next = 0; next < messages.length && !this.stopping; ) {
      if (!(await this.renewLease())) return;
      await this.publisher.connect(); // what was refused may have cost the connection
      const most = this.single > 0 ? 1 : this.settings.window;
      const [wave = []] = wavesOf(messages.slice(next, next + most), most);
      await this.publishWave(wave, entries);
      next += wave.length;
      this.single = Math.max(0, this.single - wave.length);
    }
  }

  /** @throws the first failure, after what was confirmed is marked as done */
  private async publishWave(
    wave: readonly PlannedMessage[],
    entries: readonly OutboxEntry[],
  ): Promise<void> {
    const attention = this.attend();
    const done: string[] = [];
    const failures: PublishError[] = [];
    const underWay: Promise<void>[] = [];
    let weight = 0;
    const settled = async (message: PlannedMessage, sent: Promise<void> | undefined) => {
      try {
        await sent;
        if (sent !== undefined) this.counts.published++;
        done.push(...message.covers);
      } catch (error) {
        const failure = asPublishError(error);
        if (failure.failure === 'refused') await this.park(message, failure);
        else failures.push(failure);
      }
    };
    try {
      for (const message of wave) {
        const event = await renderMessage(message, entries, this.read);
        underWay.push(settled(message, event && this.publisher.publish(event)));
        weight += event === undefined ? 0 : weightOf(event.resource);
        if (weight > MOST_WEIGHT) {
          await Promise.all(underWay);
          weight = 0;
        }
        if (failures.length > 0) break;
      }
    } finally {
      await Promise.all(underWay);
      clearInterval(attention);
      if (done.length > 0) await this.outbox.done(done);
    }
    this.counts.returned += failures.filter(({ failure }) => failure === 'returned').length;
    if (failures.some(({ failure }) => failure === 'suspect')) this.single = entries.length;
    const [first] = failures;
    if (first !== undefined) {
      this.counts.retried += failures.length;
      throw first;
    }
  }

  /**
   * A blocked broker may keep messages under way for hours: meanwhile the right to publish is
   * renewed, or another instance would send them as well.
   */
  private attend(): NodeJS.Timeout {
    const attend = () => {
      this.isBlocked();
      void this.renewLease().catch(() => undefined); // the next message finds out
    };
    return setInterval(attend, Math.min(this.settings.pollEvery, this.settings.leaseFor / 4));
  }

  private isBlocked(): boolean {
    const reason = this.publisher.blocked;
    if (reason === undefined) return false;
    if (this.current !== 'blocked') {
      this.silent = new Age();
      this.settings.log.warn(
        { outbox: this.settings.name, reason },
        'the broker takes no events at the moment; they are kept',
      );
    }
    this.current = 'blocked';
    this.reason = reason;
    return true;
  }

  private async park({ covers, entry }: PlannedMessage, { message }: PublishError): Promise<void> {
    for (const id of covers) await this.outbox.park(id, message);
    const { operation, type, id } = entry.record;
    this.settings.log.error(
      { outbox: this.settings.name, operation, type, id, reason: message },
      'an event was refused for good and put aside',
    );
  }

  /** Renewed when a third of its time is over, so that most rounds need not ask. */
  private async renewLease(): Promise<boolean> {
    const { leaseFor } = this.settings;
    if (this.leased !== undefined && this.leased.ms < leaseFor / 3) return true;
    const asked = new Age(); // it counts from when it is asked for, however long the answer takes
    const held = await this.outbox.lease(this.holder, leaseFor);
    this.leased = held ? asked : undefined;
    return held;
  }

  /** An instance that cannot publish leaves it to another one. */
  private async release(): Promise<void> {
    this.leased = undefined;
    await this.outbox.release(this.holder).catch(() => undefined);
  }

  private works(): void {
    this.backoff.reset();
    if (this.current === 'failing' || this.current === 'blocked') {
      const seconds = Math.round((this.silent?.ms ?? 0) / 1000);
      this.settings.log.info({ outbox: this.settings.name, seconds }, 'events are published again');
    }
    this.current = 'working';
    this.reason = undefined;
  }

  private standBy(): void {
    this.backoff.reset();
    this.current = 'standby';
    this.reason = undefined;
  }

  private failed(error: PublishError): void {
    // Looking for the one that is refused is no failure to tell of.
    if (error.failure === 'suspect') return;
    if (this.current !== 'failing') {
      this.silent = new Age();
      this.settings.log.warn(
        { outbox: this.settings.name, reason: error.message },
        'events cannot be published at the moment; they are kept',
      );
    }
    this.current = 'failing';
    this.reason = error.message;
  }
}

/** Roughly how large a resource is: its elements, and one for the rest. */
function weightOf(resource: JsonObject): number {
  let weight = 1;
  for (const name in resource) {
    const value = resource[name];
    if (isArray(value)) weight += value.length;
  }
  return weight;
}
