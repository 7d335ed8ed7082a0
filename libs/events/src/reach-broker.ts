import type { RabbitmqOptions } from './rabbitmq/rabbitmq.options.js';

/**
 * Connects to a broker and goes away again, declaring nothing.
 * @throws PublishError with the broker's or the system's words
 */
export async function reachBroker(options: RabbitmqOptions): Promise<void> {
  const { RabbitmqPublisher } = await import('./rabbitmq/rabbitmq.publisher.js');
  const publisher = new RabbitmqPublisher({ ...options, assert: false });
  try {
    await publisher.connect();
  } finally {
    await publisher.close();
  }
}
