import type { Operation } from '#backend';
import type { JsonObject } from '#scim';

/** An event as a transport sends it. */
export interface OutgoingEvent {
  /** Stable over re-sends: consumers drop repeats by it. */
  readonly id: string;
  readonly operation: Operation;
  /** Name of the resource type. */
  readonly type: string;
  readonly resource: JsonObject;
}

/**
 * A transport for events. The relay knows nothing else of it, so that another one is one more class.
 * It holds nothing back: an event is delivered when `publish` resolves, and else it is not, or may
 * be sent again.
 */
export interface Publisher {
  /** Makes sure that there is a connection; resolves at once where there is. @throws PublishError */
  connect(): Promise<void>;
  /** Several may be under way; they are sent in the order of the calls. @throws PublishError */
  publish(event: OutgoingEvent): Promise<void>;
  /**
   * Why the transport takes nothing at the moment although it is there. What is under way then is
   * neither lost nor refused: `publish` goes on waiting, and sending it again would only double it.
   */
  readonly blocked?: string | undefined;
  close(): Promise<void>;
}

export type PublishFailure =
  /** The transport is away, or does not answer. */
  | 'unavailable'
  /** There is nobody to keep the event: its queue is missing. */
  | 'returned'
  /** It was refused, and might not be another time: a queue is full. */
  | 'rejected'
  /** One of the events under way was refused for good; which one shows when they are sent singly. */
  | 'suspect'
  /** This event will never be taken. */
  | 'refused';

export class PublishError extends Error {
  override readonly name = 'PublishError';

  constructor(
    readonly failure: PublishFailure,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** What is not a `PublishError` says nothing about the event itself. */
export function asPublishError(error: unknown): PublishError {
  if (error instanceof PublishError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new PublishError('unavailable', message, error);
}
