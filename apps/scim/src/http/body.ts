import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { parse as parseContentType } from 'content-type';
import getRawBody from 'raw-body';
import {
  invalidSyntax,
  isObject,
  type JsonLimits,
  type JsonObject,
  parseJson,
  ScimError,
} from '#scim';

/** Most bytes of a body, and the setting that says so, for the message. */
export interface BodyLimit {
  readonly bytes: number;
  readonly setting: string;
  /** Of what is in it. */
  readonly json?: JsonLimits;
}

const MEDIA_TYPES: ReadonlySet<string> = new Set(['application/scim+json', 'application/json']);
const CHARSETS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii']);
/** What nearly every client sends; nothing is parsed for these. */
const USUAL: ReadonlySet<string | undefined> = new Set([
  undefined, // read as JSON: some clients send none
  'application/scim+json',
  'application/json',
  'application/scim+json; charset=utf-8',
  'application/json; charset=utf-8',
]);

/**
 * Reads the JSON object that a request carries.
 * @throws ScimError 400 invalidSyntax, 413, 415
 */
export async function readBody(request: IncomingMessage, limit: BodyLimit): Promise<JsonObject> {
  checkHeaders(request.headers['content-type'], request.headers['content-encoding']);
  const bytes = await readBytes(request, limit);
  if (bytes.length === 0) throw invalidSyntax('A JSON object is needed as the body.');
  if (!isUtf8(bytes)) throw invalidSyntax('The body is not UTF-8; send JSON in UTF-8.');
  const text = bytes.toString('utf8');
  const body = parseJson(text, limit.json);
  if (!isObject(body)) throw invalidSyntax('The body has to be a JSON object, in braces.');
  return body;
}

function checkHeaders(contentType: string | undefined, encoding: string | undefined): void {
  if (encoding !== undefined && encoding !== '' && encoding.toLowerCase() !== 'identity') {
    throw unsupported('The body must not be compressed: leave Content-Encoding out.');
  }
  if (USUAL.has(contentType) || contentType?.trim() === '') return;
  const { type, charset } = mediaType(contentType ?? '');
  if (!MEDIA_TYPES.has(type)) {
    throw unsupported('The body has to be application/scim+json or application/json.');
  }
  if (charset !== undefined && !CHARSETS.has(charset)) {
    throw unsupported('The body has to be in the charset utf-8.');
  }
}

function mediaType(header: string): { type: string; charset: string | undefined } {
  try {
    const { type, parameters } = parseContentType(header);
    return { type: type.toLowerCase(), charset: parameters.charset?.toLowerCase() };
  } catch {
    return { type: '', charset: undefined };
  }
}

async function readBytes(request: IncomingMessage, limit: BodyLimit): Promise<Buffer> {
  const length = request.headers['content-length'];
  try {
    return await getRawBody(request, { limit: limit.bytes, length: length ?? null });
  } catch (error) {
    if (reason(error) === 'entity.too.large') {
      throw new ScimError(
        413,
        undefined,
        `The body is larger than ${limit.bytes} bytes, the limit set by ${limit.setting}.`,
      );
    }
    throw new ScimError(
      400,
      'invalidSyntax',
      'The body ended before it was complete.',
      {},
      {
        cause: error,
      },
    );
  }
}

function reason(error: unknown): unknown {
  return error instanceof Error && 'type' in error ? error.type : undefined;
}

function unsupported(detail: string): ScimError {
  return new ScimError(415, undefined, detail);
}
