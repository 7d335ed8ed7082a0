import { BackendError, guarding } from '#backend';
import { Outage } from '#upstream-http';

/** JumpCloud understood a request and said no: 400, 404 or 409. What that means depends on the call. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export function isRefusal(error: unknown, ...statuses: readonly number[]): error is Refusal {
  return error instanceof Refusal && (statuses.length === 0 || statuses.includes(error.status));
}

/** What leaves the library: `BackendError`s, and the reason of an aborted signal. */
export function backendError(error: unknown): unknown {
  if (error instanceof Outage) {
    const { retryAfter } = error.details;
    return new BackendError('unavailable', `JumpCloud does not answer: ${error.message}`, {
      cause: error,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  }
  if (error instanceof Refusal) {
    const message = `JumpCloud refuses this: ${error.message.slice(0, 200)}`;
    return new BackendError('unsupported', message, { cause: error });
  }
  return error;
}

export const { guarded, guardedScan } = guarding(backendError);
