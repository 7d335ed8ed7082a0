import { ScimError } from '#scim';
import type { RequestContext } from '../resources/request-context.js';

/**
 * Runs a query that is given up after some seconds: stores and scans look at the signal as they go.
 * @throws ScimError 503 when the time is over
 */
export async function withDeadline<T>(
  context: RequestContext,
  seconds: number,
  run: (context: RequestContext) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(tooLong(seconds)), seconds * 1000);
  try {
    return await run({ ...context, signal: AbortSignal.any([context.signal, deadline.signal]) });
  } finally {
    clearTimeout(timer);
  }
}

function tooLong(seconds: number): ScimError {
  return new ScimError(
    503,
    undefined,
    `The query takes longer than ${seconds} seconds (QUERY_TIMEOUT). Ask for indexed attributes by "eq": id, userName, externalId, displayName, emails.value, members.value.`,
    { 'Retry-After': '60' },
  );
}
