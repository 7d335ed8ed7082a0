import { BackendError, conflict, guarding } from '#backend';
import { isObject } from '#scim';
import { type Answer, Outage } from '#upstream-http';

/** The other server understood a request and said no. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    readonly scimType: string | undefined,
    message: string,
  ) {
    super(message);
  }
}

export function isRefusal(error: unknown, ...statuses: readonly number[]): error is Refusal {
  return error instanceof Refusal && (statuses.length === 0 || statuses.includes(error.status));
}

/** Words of RFC 7644 §3.12 and RFC 9865 §2.1: others are not passed on. */
const WORDS = new Set(
  `invalidFilter tooMany uniqueness mutability invalidSyntax invalidPath noTarget invalidValue
  invalidVers sensitive invalidCursor expiredCursor invalidCount`.split(/\s+/),
);

/** What an answer other than 2xx means. */
export function refusal({ status, body }: Answer): Error {
  const error = isObject(body) ? body : {};
  const scimType = typeof error.scimType === 'string' ? error.scimType : undefined;
  const detail = typeof error.detail === 'string' ? error.detail.slice(0, 1000) : '';
  const known = scimType !== undefined && WORDS.has(scimType) ? scimType : undefined;
  if (status === 508) return new Outage('Requests come back to where they started.', HOPELESS);
  const unauthorised = status === 401 || (status === 403 && known === undefined);
  if (unauthorised) return new Outage('It does not let this key in.', HOPELESS);
  if (status >= 400 && (status < 500 || status === 501)) return new Refusal(status, known, detail);
  return new Outage(`It answered with status ${status}.`, { perhapsDone: true });
}

const HOPELESS = { perhapsDone: false };

/** What leaves the library: `BackendError`s, and the reason of an aborted signal. */
export function backendError(error: unknown): unknown {
  if (error instanceof Outage) {
    const { retryAfter } = error.details;
    return new BackendError(
      'unavailable',
      `The upstream server does not answer: ${error.message}`,
      {
        cause: error,
        ...(retryAfter === undefined ? {} : { retryAfter }),
      },
    );
  }
  if (!(error instanceof Refusal)) return error;
  if (error.status === 412) return conflict();
  const { status, scimType, message } = error;
  return new BackendError('refused', message || `The upstream server refuses this (${status}).`, {
    status,
    ...(scimType === undefined ? {} : { scimType }),
    cause: error,
  });
}

export const { guarded, guardedScan } = guarding(backendError);
