import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiErrors, type ErrorStatus } from './errors.js';
import { ApiIfMatch, ApiIfNoneMatch, ApiProjection } from './parameters.js';
import { ApiJsonBody } from './request-body.js';
import { schemaReference } from './resource-schema.js';
import { ApiNoBody, ApiScimAnswer } from './responses.js';

/** Documents of the operations on the resource of whoever a token speaks for. */

export function ApiOwnRead(): MethodDecorator {
  return applyDecorators(
    own('getMe', 'Read the own resource', []),
    ApiIfNoneMatch(),
    ApiNoBody(304, 'The client has this version.', ['ETag', 'Location']),
  );
}

/** @param body name of the schema of what is sent */
export function ApiOwnChange(operationId: string, summary: string, body: string): MethodDecorator {
  return applyDecorators(
    own(operationId, summary, [413, 415]),
    ApiIfMatch(),
    ApiJsonBody(body, {}),
  );
}

function own(operationId: string, summary: string, errors: readonly ErrorStatus[]) {
  return applyDecorators(
    ApiTags('Me'),
    ApiOperation({
      operationId,
      summary,
      description:
        'For tokens of users (`OIDC_SUBJECT`) only. A key belongs to no user, so that there is no “me”: 501.',
    }),
    ApiProjection(),
    ApiScimAnswer(
      200,
      'The own resource, with its permanent location.',
      schemaReference('User'),
      undefined,
      ['ETag', 'Location'],
    ),
    ApiErrors([400, 404, 409, 412, 501, ...errors]),
  );
}

/** An operation that nobody is offered. */
export function ApiNotOffered(operationId: string, summary: string): MethodDecorator {
  return applyDecorators(
    ApiTags('Me'),
    ApiOperation({
      operationId,
      summary,
      description:
        'Always answered with 501: whoever provisions accounts creates and deletes them.',
    }),
    ApiErrors([501]),
  );
}
