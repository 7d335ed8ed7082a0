import { applyDecorators } from '@nestjs/common';
import type { ApiResponseOptions } from '@nestjs/swagger';
import { ApiResponse, type ReferenceObject, type SchemaObject } from '@nestjs/swagger';
import { type JsonObject, MessageUrn, type ScimType } from '#scim';
import { SCIM_MEDIA_TYPE } from '../reply.js';
import { schemaReference } from './resource-schema.js';

/** What can go wrong, each with what it means and a message as the service words it. */
const ERRORS = {
  400: ['Something in the request is wrong; `scimType` says what kind of thing.', ''],
  401: ['The key is missing or not known.', 'The key is not known here.'],
  403: ['The key, or the request, may not do this.', 'This key may read, but not change anything.'],
  404: ['There is no such resource.', 'There is no such resource.'],
  406: ['The Accept header allows neither application/scim+json nor application/json.', ''],
  409: ['A value that has to be unique belongs to another resource.', ''],
  412: ['The resource has another version than If-Match names.', ''],
  413: ['The request is larger than the limit that the message names.', ''],
  415: ['The body is neither application/scim+json nor application/json.', ''],
  429: ['Too many requests with an unknown key came from this address.', ''],
  500: ['Something went wrong on the server; the message names the request id in its log.', ''],
  501: ['The service does not offer this.', ''],
  503: ['The data store does not answer, or is too busy; Retry-After says when to try again.', ''],
} as const satisfies Readonly<Record<number, readonly [string, string]>>;

export type ErrorStatus = keyof typeof ERRORS;

/** Errors that any operation may answer with. */
const EVERYWHERE: readonly ErrorStatus[] = [401, 403, 406, 429, 500, 503];
export function ApiErrors(
  statuses: readonly ErrorStatus[],
  scimTypes: readonly ScimType[] = [],
): MethodDecorator {
  const all = new Set([...statuses, ...EVERYWHERE]);
  return applyDecorators(
    ...[...all]
      .sort((a, b) => a - b)
      .map((status) => ApiResponse(errorResponse(status, scimTypes))),
  );
}

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

const HEADERS = {
  ETag: 'Version of the resource, the same as `meta.version`.',
  Location: 'Absolute address of the resource.',
} as const;
type HeaderName = keyof typeof HEADERS;

function headersOf(names: readonly HeaderName[]) {
  return Object.fromEntries(
    names.map((name) => [name, { description: HEADERS[name], schema: { type: 'string' } }]),
  );
}

function errorResponse(status: ErrorStatus, scimTypes: readonly ScimType[]): ApiResponseOptions {
  const [description, detail] = ERRORS[status];
  const keywords = status === 400 ? scimTypes : [];
  const told = keywords.length > 0 ? ` Here: ${keywords.join(', ')}.` : '';
  const scimType = status === 409 ? 'uniqueness' : keywords[0];
  return {
    status,
    description: description + told,
    content: {
      [SCIM_MEDIA_TYPE]: {
        schema: schemaReference('Error'),
        example: {
          schemas: [MessageUrn.Error],
          status: String(status),
          ...(scimType === undefined ? {} : { scimType }),
          detail: detail === '' ? description : detail,
        },
      },
    },
  };
}
