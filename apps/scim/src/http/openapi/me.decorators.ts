import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { schemaReference } from './resource-schema.js';
import { ApiErrors, ApiScimAnswer } from './responses.js';

/** Document of an operation on the resource of whoever a token speaks for. */
export function ApiOwn(summary: string, status: number): MethodDecorator {
  return applyDecorators(
    ApiTags('Me'),
    ApiOperation({
      summary,
      description:
        'For tokens of users (OIDC_SUBJECT) only: keys belong to no user, and are answered with 501.',
    }),
    ApiScimAnswer(
      status,
      'The own resource, with its permanent location.',
      schemaReference('User'),
    ),
    ApiErrors([400, 404, 409, 412, 501], ['invalidValue', 'mutability']),
  );
}

/** Document of an operation that the service always answers with 501. */
export function ApiNotOffered(summary: string): MethodDecorator {
  return applyDecorators(
    ApiTags('Me'),
    ApiOperation({ summary, description: 'Not offered: accounts are provisioned.' }),
    ApiErrors([501]),
  );
}
