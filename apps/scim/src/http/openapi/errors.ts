import { applyDecorators } from '@nestjs/common';
import { ApiResponse, type OpenAPIObject } from '@nestjs/swagger';
import { type JsonObject, MessageUrn } from '#scim';
import { SCIM_MEDIA_TYPE } from '../reply.js';
import { headersOf } from './headers.js';
import { schemaReference } from './resource-schema.js';

type Components = NonNullable<OpenAPIObject['components']>;
type Responses = NonNullable<OpenAPIObject['paths'][string]['get']>['responses'];
type Headers = Parameters<typeof headersOf>[0];

interface ErrorKind {
  /** Of the component. */
  readonly name: string;
  readonly meaning: string;
  /** As the service words it; the meaning, where it says that. */
  readonly detail?: string;
  readonly scimType?: string;
  readonly headers?: Headers;
}

const BAD_REQUEST = `Something in the request is wrong; \`scimType\` says what kind of thing:

- \`invalidSyntax\`: the body is no JSON, or not the message that belongs here
- \`invalidValue\`: a value is missing, or not what its attribute takes
- \`invalidFilter\`, \`invalidPath\`: a filter or a path cannot be read, or names no attribute
- \`noTarget\`: the path of a change matches nothing
- \`mutability\`: the attribute cannot be changed
- \`invalidCursor\`, \`expiredCursor\`, \`invalidCount\`: begin the list anew
- \`tooMany\`: the query asks for more than is sorted or merged in one go
- \`sensitive\`: the filter should not stand in a URL; send it to \`.search\``;

/** What can go wrong: described here once, and referred to by every operation. */
const ERRORS = {
  400: {
    name: 'BadRequest',
    meaning: BAD_REQUEST,
    scimType: 'invalidValue',
    detail: '"userName" is required.',
  },
  401: {
    name: 'Unauthorized',
    meaning: 'The key is missing or not known, or has expired.',
    detail: 'The key is not known here.',
    headers: ['WWW-Authenticate'],
  },
  403: {
    name: 'Forbidden',
    meaning: 'The key, or the request, may not do this.',
    detail: 'This key may read, but not change anything.',
    headers: ['WWW-Authenticate'],
  },
  404: { name: 'NotFound', meaning: 'There is no such resource.' },
  406: {
    name: 'NotAcceptable',
    meaning: 'The Accept header allows neither application/scim+json nor application/json.',
  },
  409: {
    name: 'Conflict',
    meaning: 'A value that has to be unique belongs to another resource.',
    scimType: 'uniqueness',
  },
  412: {
    name: 'PreconditionFailed',
    meaning: 'The resource has another version than If-Match names.',
  },
  413: {
    name: 'TooLarge',
    meaning: 'The request is larger than the limit that the message names.',
  },
  415: {
    name: 'UnsupportedMediaType',
    meaning: 'The body is neither application/scim+json nor application/json.',
  },
  429: {
    name: 'TooManyRequests',
    meaning: 'Too many requests; Retry-After says when to try again.',
    headers: ['Retry-After'],
  },
  431: {
    name: 'HeadersTooLarge',
    meaning: 'The address and the headers are too long together; send a long query to .search.',
  },
  500: {
    name: 'ServerError',
    meaning: 'Something went wrong on the server; the message names the request id in its log.',
  },
  501: { name: 'NotOffered', meaning: 'The service does not offer this, or not to this client.' },
  503: {
    name: 'Unavailable',
    meaning: 'The data store does not answer, or is too busy; Retry-After says when to try again.',
    headers: ['Retry-After'],
  },
} as const satisfies Readonly<Record<number, ErrorKind>>;

export type ErrorStatus = keyof typeof ERRORS;

/** Errors that any operation may answer with. */
const EVERYWHERE: readonly ErrorStatus[] = [401, 403, 406, 429, 431, 500, 503];

/** The operation may fail so; `withErrors` puts in what the statuses mean. */
export function ApiErrors(
  statuses: readonly ErrorStatus[] = [],
  everywhere = EVERYWHERE,
): MethodDecorator {
  return applyDecorators(
    ...[...new Set([...statuses, ...everywhere])].map((status) => ApiResponse({ status })),
  );
}

/** The errors as components. */
export function errorResponses(): NonNullable<Components['responses']> {
  return Object.fromEntries(
    Object.entries(ERRORS).map(([status, kind]: [string, ErrorKind]) => [
      kind.name,
      {
        description: kind.meaning,
        headers: headersOf(kind.headers ?? []),
        content: {
          [SCIM_MEDIA_TYPE]: {
            schema: schemaReference('Error'),
            example: errorExample(status, kind),
          },
        },
      },
    ]),
  );
}

function errorExample(status: string, { scimType, detail, meaning }: ErrorKind): JsonObject {
  return {
    schemas: [MessageUrn.Error],
    status,
    ...(scimType === undefined ? {} : { scimType }),
    detail: detail ?? meaning,
  };
}

/** The responses of an operation, with references where it names an error, in order of status. */
export function withErrors(responses: Responses): Responses {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const kind = ERRORS[Number(status) as ErrorStatus] as ErrorKind | undefined;
      // A probe describes what it answers itself.
      if (kind === undefined || response === undefined || 'content' in response)
        return [status, response];
      return [status, { $ref: `#/components/responses/${kind.name}` }];
    }),
  );
}
