/** Longest wait that is believed, in seconds. */
const MOST = 86_400;

/**
 * Seconds to wait by a Retry-After header (RFC 9110 §10.2.3): a number of them, or a date.
 * @returns undefined where it says nothing that can be understood
 */
export function retryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const seconds = /^\d{1,9}(?:\.\d+)?$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), MOST);
}
