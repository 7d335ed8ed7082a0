import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiErrors } from './responses.js';

/** Document of an operation that the service always answers with 501. */
export function ApiNotOffered(summary: string): MethodDecorator {
  return applyDecorators(
    ApiTags('Me'),
    ApiOperation({ summary, description: 'Not offered: keys belong to no user.' }),
    ApiErrors([501]),
  );
}
