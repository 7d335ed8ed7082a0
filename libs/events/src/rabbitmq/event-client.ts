import { Logger } from '@nestjs/common';
import { ClientRMQ } from '@nestjs/microservices';
import type { ConfirmChannel, Message } from 'amqplib';
import { parseBrokerAddress } from './broker-address.js';
import { EventSerializer } from './event-serializer.js';
import type { RabbitmqOptions } from './rabbitmq.options.js';

/** What happens to a connection. */
export interface ClientEvents {
  /** It, or its channel, is over; nothing can be sent with this client any more. */
  lost(error: unknown): void;
  /** The broker has no queue for this message; its confirm follows all the same. */
  returned(messageId: string): void;
  /** The broker takes no messages, as it is short of memory or disk; undefined: it does again. */
  blocked(reason: string | undefined): void;
}

/** Says nothing: the relay tells what concerns people, once. */
class QuietLogger extends Logger {
  override log(): void {}
  override warn(): void {}
  override error(): void {}
}

/**
 * Nest's RabbitMQ client, made to serve one connection: it hears of returned messages, declares
 * only what is sent to, and reports the first trouble instead of mending it, since the library
 * below keeps what is in flight in memory and does not open a channel again that the broker closed.
 */
export class EventClient extends ClientRMQ {
  protected override readonly logger = new QuietLogger();
  private readonly target: RabbitmqOptions;

  constructor(
    options: RabbitmqOptions,
    timeout: number,
    private readonly events: ClientEvents,
  ) {
    super({
      urls: options.urls.map(parseBrokerAddress),
      queue: options.queue,
      ...(options.exchange === undefined
        ? {}
        : { exchange: options.exchange, exchangeType: 'topic', wildcards: true }),
      persistent: true,
      serializer: new EventSerializer(),
      socketOptions: {
        heartbeatIntervalInSeconds: 5,
        // Between the brokers of a list; a lost connection is not used again.
        reconnectTimeInSeconds: 0.05,
        connectionOptions: { timeout },
      },
    });
    this.target = options;
  }

  override async setupChannel(channel: ConfirmChannel, resolve: () => void): Promise<void> {
    // An error that nobody listens to ends the process.
    channel.on('error', (error: unknown) => this.events.lost(error));
    channel.on('close', () => this.events.lost(new Error('the channel was closed')));
    channel.on('return', ({ properties }: Message) => {
      this.events.returned(String(properties.messageId));
    });
    try {
      await this.declare(channel);
      resolve();
    } catch (error) {
      this.events.lost(error);
    }
  }

  override createChannel(): Promise<void> {
    const created = super.createChannel();
    this.channel.on('error', (error: unknown) => this.events.lost(error));
    return created;
  }

  /** A channel that does not close in order must not keep the connection from being closed. */
  override async close(): Promise<void> {
    const manager: { close(): Promise<unknown> } | null = this.client;
    try {
      await super.close();
    } finally {
      await manager?.close();
    }
  }

  override registerDisconnectListener(client: NodeJS.EventEmitter): void {
    client.on('disconnect', ({ err }: { err?: unknown }) => {
      this.events.lost(err ?? new Error('the connection was closed'));
    });
  }

  override registerErrorListener(client: NodeJS.EventEmitter): void {
    client.on('error', (error: unknown) => this.events.lost(error));
  }

  override registerBlockedListener(client: NodeJS.EventEmitter): void {
    client.on('blocked', ({ reason }: { reason: string }) => this.events.blocked(reason));
  }

  override registerUnblockedListener(client: NodeJS.EventEmitter): void {
    client.on('unblocked', () => this.events.blocked(undefined));
  }

  private async declare(channel: ConfirmChannel): Promise<void> {
    const { queue, exchange, assert = true } = this.target;
    if (!assert) return;
    if (exchange === undefined) await channel.assertQueue(queue, { durable: true });
    else await channel.assertExchange(exchange, 'topic', { durable: true });
  }
}
