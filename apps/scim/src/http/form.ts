import type { IncomingMessage } from 'node:http';
import getRawBody from 'raw-body';
import { ScimError } from '#scim';

/** Bytes of a form; an assertion in it has some two thousand. */
const MOST = 64 * 1024;

/** Reads application/x-www-form-urlencoded. @throws ScimError 400, 413, 415 */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') {
    throw new ScimError(415, undefined, 'Send a form: application/x-www-form-urlencoded.');
  }
  try {
    return new URLSearchParams(await getRawBody(request, { limit: MOST, encoding: 'utf8' }));
  } catch (error) {
    const tooLarge = error instanceof Error && 'type' in error && error.type === 'entity.too.large';
    throw tooLarge
      ? new ScimError(413, undefined, `The form is larger than ${MOST} bytes.`)
      : new ScimError(400, undefined, 'The form ended before it was complete.');
  }
}
