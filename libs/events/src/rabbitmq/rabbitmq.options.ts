export interface RabbitmqOptions {
  /** Brokers (`amqp://` or `amqps://`), tried in turn. */
  readonly urls: readonly string[];
  /** Durable queue that messages go to, over the default exchange; unless there is an exchange. */
  readonly queue: string;
  /** Topic exchange that messages go to instead, with keys like `scim.user.create`. */
  readonly exchange?: string;
  /** Whether to declare the queue or exchange; if not, it must be there. Default true. */
  readonly assert?: boolean;
  /** Time for a connection, and for a message to be confirmed, in ms. Default 10 s. */
  readonly timeout?: number;
}
