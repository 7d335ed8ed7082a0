import { setTimeout as delay } from 'node:timers/promises';
import { lastValueFrom } from 'rxjs';
import { type OutgoingEvent, PublishError, type Publisher } from '../publisher.js';
import { describeBroker, parseBrokerAddress } from './broker-address.js';
import { isDeclaredDifferently, isTooLarge, messageOf, withAdvice } from './channel-error.js';
import { EventClient } from './event-client.js';
import type { RabbitmqOptions } from './rabbitmq.options.js';

const TIMEOUT = 10_000;

/** One connection, from its making to its first trouble. */
interface Connection {
  readonly client: EventClient;
  /** Rejects with what ended it; never resolves. */
  readonly lost: Promise<never>;
  /** What ended it. */
  error: unknown;
  isLost: boolean;
  /** Queue or exchange are to be declared again. */
  isStale: boolean;
  /** Why the broker takes no messages on it at the moment. */
  blocked: string | undefined;
  readonly inFlight: Set<string>;
  readonly returned: Set<string>;
}

/**
 * Publishes on RabbitMQ: persistent messages on a durable queue or a topic exchange, each delivered
 * when the broker confirms it. A connection is used until its first trouble; the next `connect`
 * makes a new one, and declares the queue again.
 */
export class RabbitmqPublisher implements Publisher {
  private readonly timeout: number;
  private connection: Connection | undefined;
  private connecting: Promise<void> | undefined;
  private closed = false;

  constructor(private readonly options: RabbitmqOptions) {
    this.timeout = options.timeout ?? TIMEOUT;
  }

  connect(): Promise<void> {
    const current = this.connection;
    if (current !== undefined && !current.isLost && !current.isStale) return Promise.resolve();
    this.connecting ??= this.open().finally(() => {
      this.connecting = undefined;
    });
    return this.connecting;
  }

  async publish(event: OutgoingEvent): Promise<void> {
    const connection = this.connection;
    if (connection === undefined || connection.isLost) {
      throw new PublishError('unavailable', 'there is no connection to the broker');
    }
    const { client, inFlight, returned } = connection;
    inFlight.add(event.id);
    try {
      const sent = lastValueFrom(client.emit(routingKey(event), event), {
        defaultValue: undefined,
      });
      await this.confirmed(connection, sent);
    } catch (error) {
      throw this.failure(connection, error);
    } finally {
      // Those that follow still count: they are lost by what this one was refused for.
      if (!connection.isLost) inFlight.delete(event.id);
    }
    // With an exchange it is for its bindings to say who gets a message: perhaps nobody.
    if (returned.delete(event.id) && this.options.exchange === undefined) {
      connection.isStale = true;
      throw new PublishError('returned', `the queue "${this.options.queue}" does not exist`);
    }
  }

  get blocked(): string | undefined {
    const connection = this.connection;
    return connection === undefined || connection.isLost ? undefined : connection.blocked;
  }

  /** Waits for the broker's word, whose time stands still while the broker is blocked. */
  private confirmed(connection: Connection, sent: Promise<unknown>): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const wait = () => {
        timer = setTimeout(() => {
          if (connection.blocked === undefined) reject(new Error('the broker does not confirm'));
          else wait();
        }, this.timeout);
      };
      wait();
    });
    return Promise.race([sent, late]).finally(() => clearTimeout(timer));
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.connecting?.catch(() => undefined);
    const connection = this.connection;
    this.connection = undefined;
    if (connection !== undefined) await dispose(connection, 2_000);
  }

  private async open(): Promise<void> {
    const before = this.connection;
    this.connection = undefined;
    if (before !== undefined) void dispose(before, this.timeout);
    if (this.closed) throw new PublishError('unavailable', 'the publisher is closed');
    const connection = this.create();
    const late = new AbortController();
    try {
      const timeout = delay(this.timeout, undefined, { signal: late.signal }).then(() => {
        throw new Error('the broker does not answer');
      });
      timeout.catch(() => undefined);
      await Promise.race([connection.client.connect(), connection.lost, timeout]);
      this.connection = connection;
    } catch (error) {
      void dispose(connection, this.timeout);
      throw new PublishError('unavailable', this.explain(error), error);
    } finally {
      late.abort();
    }
  }

  /** The brokers' addresses, without their passwords. */
  private get where(): string {
    return this.options.urls.map((url) => describeBroker(parseBrokerAddress(url))).join(', ');
  }

  private create(): Connection {
    let lose: (error: unknown) => void = () => undefined;
    const lost = new Promise<never>((_resolve, reject) => {
      lose = reject;
    });
    lost.catch(() => undefined); // nobody may be waiting
    const client = new EventClient(this.options, this.timeout, {
      lost: (error) => {
        if (connection.isLost) return;
        connection.isLost = true;
        connection.error = error;
        lose(error);
        if (this.connection === connection) void dispose(connection, this.timeout);
      },
      returned: (id) => connection.returned.add(id),
      blocked: (reason) => {
        connection.blocked = reason;
      },
    });
    const connection: Connection = {
      client,
      lost,
      error: undefined,
      isLost: false,
      isStale: false,
      blocked: undefined,
      inFlight: new Set(),
      returned: new Set(),
    };
    return connection;
  }

  private failure(connection: Connection, error: unknown): PublishError {
    const cause = connection.error ?? error;
    if (isTooLarge(cause)) {
      const single = connection.inFlight.size === 1;
      return new PublishError(single ? 'refused' : 'suspect', messageOf(cause), cause);
    }
    // The broker said no to this one message: its queue is full.
    if (!connection.isLost && /nack/i.test(messageOf(cause))) {
      return new PublishError('rejected', 'the broker does not take more messages', cause);
    }
    // No confirm in time: the connection is not to be trusted.
    connection.isStale = true;
    return new PublishError('unavailable', this.explain(cause), cause);
  }

  private explain(error: unknown): string {
    const message = messageOf(error);
    if (!isDeclaredDifferently(error)) return `${this.where}: ${withAdvice(message)}`;
    const { exchange, queue } = this.options;
    const what = exchange === undefined ? `queue "${queue}"` : `exchange "${exchange}"`;
    return `the ${what} exists with other arguments; AMQP_ASSERT=false uses it as it is (${message})`;
  }
}

/** `scim.user.create`; without an exchange it only names the message. */
function routingKey({ type, operation }: OutgoingEvent): string {
  return `scim.${type}.${operation}`.toLowerCase();
}

/** Lets go of a connection that may be dead: its closing handshake has a limit. */
async function dispose({ client }: Connection, limit: number): Promise<void> {
  await Promise.race([
    client.close().catch(() => undefined),
    delay(limit, undefined, { ref: false }),
  ]);
}
