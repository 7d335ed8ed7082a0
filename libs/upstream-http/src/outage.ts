/**
 * The other side did not answer, or not with anything that can be relied upon. Messages name no
 * address, header or body.
 */
export class Outage extends Error {
  override readonly name = 'Outage';

  constructor(
    message: string,
    readonly details: {
      /** Whether what was asked for may have been done all the same. */
      readonly perhapsDone: boolean;
      /** Seconds after which another try makes sense, as far as the other side said so. */
      readonly retryAfter?: number;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: details.cause });
  }
}

/** An answer is longer than the call wanted it: nothing is wrong with the other side. */
export class TooLong extends Error {
  override readonly name = 'TooLong';
}

/** Failures before anything of a request was sent. */
const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** What a request that got no answer failed of. */
export function noAnswer(cause: unknown): Outage {
  const code = codeOf(cause);
  const perhapsDone = code === undefined || !BEFORE_SENDING.has(code);
  const how = code === undefined ? '' : ` (${code})`;
  return new Outage(`It gave no answer${how}.`, { perhapsDone, cause });
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // Node gathers the attempts for each address of a name.
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (error.name === 'TimeoutError') return 'timeout';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** For an operator: what the outage is, in the system's own words where it has some. */
export function reasonOf(error: Error): string {
  const inner = innermost(error);
  if (inner === error || !('code' in inner)) return error.message;
  return `${error.message.replace(/(?: \(\w+\))?\.$/, '')}: ${inner.message}.`;
}

function innermost(error: Error): Error {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) {
    return innermost(error.errors[0]);
  }
  return error.cause instanceof Error ? innermost(error.cause) : error;
}
