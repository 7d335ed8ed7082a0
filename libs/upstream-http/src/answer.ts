import type { Dispatcher } from 'undici';
import { Outage, TooLong } from './outage.js';

/** What the other side said. */
export interface Answer {
  readonly status: number;
  /** By name in lower case. */
  header(name: string): string | undefined;
  /** The JSON of the body; undefined where the body is empty. */
  readonly body: unknown;
}

/** An answer to a call. */
export interface CallAnswer extends Answer {
  /** Requests that were sent until it came; any but the last may have been done as well. */
  readonly attempts: number;
}

/** Statuses whose body nobody reads anyway. */
const TROUBLE = 500;

/**
 * Reads a response to its end. A body that is cut off, too long or no JSON is no answer: a page of a
 * proxy must never pass for "not found" or "empty".
 * @param wanted bytes after which nobody wants the answer any more
 * @throws Outage, TooLong
 */
export async function readAnswer(
  { statusCode: status, headers, body }: Dispatcher.ResponseData,
  maxBytes: number,
  wanted = Number.POSITIVE_INFINITY,
): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > wanted) throw new TooLong();
    if (bytes > maxBytes) {
      throw new Outage(`It answered with more than ${maxBytes} bytes.`, { perhapsDone: true });
    }
    chunks.push(chunk);
  }
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  const text = Buffer.concat(chunks).toString('utf8').trim();
  if (text === '') return { status, header, body: undefined };
  try {
    return { status, header, body: JSON.parse(text) };
  } catch (cause) {
    if (status >= TROUBLE || status === 429) return { status, header, body: undefined };
    const message = `It answered with status ${status} and something that is not JSON.`;
    throw new Outage(message, { perhapsDone: true, cause });
  }
}
