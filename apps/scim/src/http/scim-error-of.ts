import { HttpException } from '@nestjs/common';
import { BackendError } from '#backend';
import { ScimError } from '#scim';
import { renderBackendError } from './backend-errors.js';

/**
 * The SCIM error that a client is told for whatever was thrown (RFC 7644 §3.12). What nobody
 * foresaw becomes 500 and says nothing but the request's id, which finds the error in the log.
 */
export function scimErrorOf(error: unknown, requestId: string | undefined): ScimError {
  if (error instanceof ScimError) return error;
  if (error instanceof BackendError) return renderBackendError(error);
  if (error instanceof HttpException && error.cause instanceof URIError) {
    return new ScimError(400, undefined, 'The path is not percent-encoded UTF-8.');
  }
  if (error instanceof HttpException && error.getStatus() < 500) {
    return new ScimError(error.getStatus(), undefined, error.message);
  }
  const id = requestId === undefined ? '' : ` Tell the operator the request id ${requestId}.`;
  return new ScimError(
    500,
    undefined,
    `Something went wrong on the server.${id}`,
    {},
    { cause: error },
  );
}
