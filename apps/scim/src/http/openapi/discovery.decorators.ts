import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { schemaReference } from './resource-schema.js';
import { ApiErrors, ApiScimAnswer } from './responses.js';

/** Document of an operation of discovery; `id` is an example of what the path names. */
export function ApiDiscovery(
  operationId: string,
  summary: string,
  answer: 'object' | 'list',
  id?: string,
): MethodDecorator {
  return applyDecorators(
    ApiTags('Discovery'),
    ApiOperation({ operationId, summary, description: 'Not filtered, sorted or paged.' }),
    ...(id === undefined
      ? []
      : [ApiParam({ name: 'id', example: id, schema: { type: 'string' } })]),
    answer === 'list'
      ? ApiScimAnswer(200, 'All of them.', schemaReference('DiscoveryListResponse'))
      : ApiScimAnswer(200, summary, { type: 'object' }),
    ApiErrors(id === undefined ? [] : [404]),
  );
}
