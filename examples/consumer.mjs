/**
 * An example of a consumer: prints every change that the service announces.
 *
 *   AMQP=amqp://localhost QUEUE=SCIM node examples/consumer.mjs
 *
 * Messages come at least once, in order for each resource. A repeat has the message id of the first;
 * a real consumer remembers the ids of what it has done in the same step as doing it.
 */
import { connect } from 'amqp-connection-manager';

const { AMQP = 'amqp://localhost', QUEUE = 'SCIM' } = process.env;
const addresses = AMQP.split(',').map((address) => address.trim());

const connection = connect(addresses); // connects again by itself
connection.on('connect', () => console.error(`waiting for events of the queue ${QUEUE}`));
connection.on('connectFailed', ({ err }) => console.error(`no broker: ${err.message}`));

const channel = connection.createChannel({
  setup: async (broker) => {
    await broker.assertQueue(QUEUE, { durable: true });
    await broker.prefetch(20);
    await broker.consume(QUEUE, (message) => {
      if (message === null) return; // the queue was deleted
      print(message);
      broker.ack(message); // not before it was dealt with: a crash has it delivered again
    });
  },
});

function print({ content, properties, fields }) {
  const { operation, resource } = JSON.parse(content.toString('utf8'));
  const name = resource.userName ?? resource.displayName ?? '';
  const members = resource.members === undefined ? '' : `, ${resource.members.length} members`;
  const again = fields.redelivered ? ' (again)' : '';
  const id = properties.messageId ?? 'no id';
  console.log(`${operation} ${resource.meta.location} ${name}${members} [${id}]${again}`);
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await channel.close();
    await connection.close();
  });
}
