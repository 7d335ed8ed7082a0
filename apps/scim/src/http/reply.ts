import type { ServerResponse } from 'node:http';
import { isObject, type JsonObject } from '#scim';

/** The one media type of every answer, errors included (RFC 7644 §3.8, §8.1). */
export const SCIM_MEDIA_TYPE = 'application/scim+json';

/** What a controller method returns; the adapter writes it. */
export interface ScimReply {
  readonly status: number;
  /** Absent: no body. A string is JSON that is written already. */
  readonly body?: JsonObject | string | undefined;
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
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}
