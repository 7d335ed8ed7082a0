import { ApiResponse, type ReferenceObject, type SchemaObject } from '@nestjs/swagger';
import type { JsonObject } from '#scim';
import { SCIM_MEDIA_TYPE } from '../reply.js';
import { type HeaderName, headersOf } from './headers.js';

/** An answer with a body in the SCIM media type. */
export function ApiScimAnswer(
  status: number,
  description: string,
  schema: SchemaObject | ReferenceObject,
  example?: JsonObject,
  headers: readonly HeaderName[] = [],
): MethodDecorator {
  return ApiResponse({
    status,
    description,
    content: {
      [SCIM_MEDIA_TYPE]: { schema, ...(example === undefined ? {} : { example }) },
    },
    headers: headersOf(headers),
  });
}

/** An answer without a body. */
export function ApiNoBody(
  status: number,
  description: string,
  headers: readonly HeaderName[] = [],
): MethodDecorator {
  return ApiResponse({ status, description, headers: headersOf(headers) });
}
