import type { Serializer } from '@nestjs/microservices';
import type { JsonObject } from '#scim';
import type { OutgoingEvent } from '../publisher.js';

/** What Nest hands to a serializer. */
interface Packet {
  readonly pattern: string;
  readonly data: OutgoingEvent;
}

/** The message, and beside it how it is sent, which Nest takes out before it writes the JSON. */
interface SerializedEvent {
  readonly operation: string;
  readonly resource: JsonObject;
  options?: object;
}

/**
 * Writes exactly `{"operation": …, "resource": …}` instead of Nest's envelope. The only property
 * besides the delivery mode is the message id. `mandatory` makes the broker say when there is no
 * queue, which it would confirm otherwise.
 */
export class EventSerializer implements Serializer<Packet, SerializedEvent> {
  serialize({ data }: Packet): SerializedEvent {
    const { id, operation, resource } = data;
    return {
      operation,
      resource,
      options: { messageId: id, mandatory: true },
    };
  }
}
