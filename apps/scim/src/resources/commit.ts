import { setTimeout as delay } from 'node:timers/promises';
import { BackendError } from '#backend';
import { preconditionFailed, ScimError } from '#scim';

/** Tries of a write whose resource changed meanwhile, before the client is asked to try again. */
const MOST_TRIES = 60;

/**
 * Runs load–change–write until the write meets the version it was computed from (RFC 7644 §3.14).
 * With a precondition of the client's (If-Match) there is one try: a change in between is 412.
 */
export async function compareAndSet<T>(
  precondition: boolean,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof BackendError) || error.code !== 'conflict') throw error;
      if (precondition) throw preconditionFailed();
      if (tries === MOST_TRIES) {
        throw new ScimError(
          503,
          undefined,
          'The resource is being changed by many clients at once; try again.',
          { 'Retry-After': '1' },
        );
      }
      await delay(Math.random() * Math.min(tries, 20));
    }
  }
}

/** The present, but later than what a resource already says: a change is always visible in time. */
export function timeAfter(previous: string | undefined): string {
  const now = Date.now();
  const last = previous === undefined ? Number.NaN : Date.parse(previous);
  return new Date(last >= now ? last + 1 : now).toISOString();
}
