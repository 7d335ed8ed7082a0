import { isObject } from '#scim';

/** Reply code of a broker that closes a channel for what was published on it. */
const PRECONDITION_FAILED = 406;

/** Whether a broker closed the channel since a message is larger than it takes. */
export function isTooLarge(error: unknown): boolean {
  return codeOf(error) === PRECONDITION_FAILED && /message size/i.test(messageOf(error));
}

/** Whether the queue or exchange was declared by somebody else in another way. */
export function isDeclaredDifferently(error: unknown): boolean {
  return codeOf(error) === PRECONDITION_FAILED && /inequivalent arg/i.test(messageOf(error));
}

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses of a host: each has its own error and the whole has none.
  if (error.message === '' && error instanceof AggregateError) {
    return error.errors.map(messageOf).join('; ');
  }
  return error.message;
}

function codeOf(error: unknown): unknown {
  return isObject(error) || error instanceof Error ? Reflect.get(error, 'code') : undefined;
}
