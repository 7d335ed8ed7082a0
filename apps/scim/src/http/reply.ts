import type { ServerResponse } from 'node:http';
import { TimeSlice } from '#backend';
import { isArray, isObject, type JsonObject } from '#scim';
import { jsonPieces } from './json-pieces.js';

/** The one media type of every answer, errors included (RFC 7644 §3.8, §8.1). */
export const SCIM_MEDIA_TYPE = 'application/scim+json';

/** What a controller method returns; the adapter writes it. */
export interface ScimReply {
  readonly status: number;
  /** Absent: no body. Texts are pieces of JSON that is written already. */
  readonly body?: JsonObject | readonly string[] | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A reply has a number as its status; in a SCIM message `status` is a string. */
export function isReply(value: unknown): value is ScimReply {
  return isObject(value) && typeof value.status === 'number';
}

/** Writes an answer with the least that has to be done for it. */
export function writeReply(response: ServerResponse, reply: ScimReply): void {
  const { status, body, headers } = reply;
  response.statusCode = status;
  // Answers are about people, and may have been opened by a key that caches do not know of.
  response.setHeader('Cache-Control', 'no-store');
  if (body !== undefined) response.setHeader('Content-Type', SCIM_MEDIA_TYPE);
  if (headers !== undefined) {
    for (const name of Object.keys(headers)) response.setHeader(name, headers[name] ?? '');
  }
  if (body === undefined) {
    response.end();
    return;
  }
  const pieces = (isArray(body) ? body : jsonPieces(body))[Symbol.iterator]();
  const first = pieces.next();
  const second = pieces.next();
  if (second.done === true) {
    const text = first.done === true ? '' : first.value;
    response.setHeader('Content-Length', Buffer.byteLength(text));
    response.end(text);
    return;
  }
  // An answer that breaks off must not look whole.
  writePieces(response, [first.value, second.value], pieces).catch(() => response.destroy());
}

/**
 * As fast as the client reads: a piece is made when the one before is on its way. One that reads at
 * once would never be waited for.
 */
async function writePieces(
  response: ServerResponse,
  start: readonly string[],
  rest: Iterator<string>,
): Promise<void> {
  const all = function* () {
    yield* start;
    yield* { [Symbol.iterator]: () => rest };
  };
  const slice = new TimeSlice();
  for (const piece of all()) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
    if (slice.isOver) await slice.next();
  }
  response.end();
}

/** Until there is room for more, or nobody reads any more. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
