import { setTimeout as delay } from 'node:timers/promises';
import { type ChannelModel, connect, type GetMessage } from 'amqplib';

/** A message as a consumer finds it. */
export interface Received {
  readonly id: string | undefined;
  readonly text: string;
  readonly properties: GetMessage['properties'];
  readonly routingKey: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of any shape
  readonly json: any;
}

/** Runs something with a channel of its own. */
export async function withBroker<T>(
  url: string,
  use: (connection: ChannelModel) => Promise<T>,
): Promise<T> {
  const connection = await connect(url);
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

/** Takes every message that is in a queue. */
export function takeAll(url: string, queue: string): Promise<readonly Received[]> {
  return withBroker(url, async (connection) => {
    const channel = await connection.createChannel();
    await channel.assertQueue(queue, { durable: true });
    const received: Received[] = [];
    for (;;) {
      const message = await channel.get(queue, { noAck: true });
      if (message === false) return received;
      const text = message.content.toString();
      received.push({
        id: message.properties.messageId,
        text,
        properties: message.properties,
        routingKey: message.fields.routingKey,
        json: JSON.parse(text),
      });
    }
  });
}

/** Waits until something holds. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  limit = 20_000,
): Promise<void> {
  const end = Date.now() + limit;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`it did not happen within ${limit} ms: ${holds}`);
    await delay(20);
  }
}
