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
  // The library that connects hands over the error together with the address.
  if (!(error instanceof Error) && isObject(error) && error.err !== undefined) {
    return messageOf(error.err);
  }
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

/** What to change, by what the broker and the system say; the first that fits. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/ACCESS_REFUSED|ACCESS-REFUSED/, 'Correct the user or the password in AMQP.'],
  [/NOT_ALLOWED|NOT-ALLOWED|vhost/, 'Correct the virtual host in AMQP, or let the user use it.'],
  [/ECONNREFUSED/, 'Start the broker, or correct host and port in AMQP.'],
  [/ENOTFOUND|EAI_AGAIN/, 'Correct the host in AMQP.'],
  [
    /certificate|SELF_SIGNED|altnames/i,
    'Name the file of the authority by NODE_EXTRA_CA_CERTS, and the host as the certificate has it.',
  ],
  [/SSL routines|EPROTO/, 'Look at the scheme and the port in AMQP: amqps:// is for the TLS port.'],
];

export function withAdvice(message: string): string {
  const advice = ADVICE.find(([pattern]) => pattern.test(message))?.[1];
  return advice === undefined ? message : `${message.replace(/\.$/, '')}. ${advice}`;
}
