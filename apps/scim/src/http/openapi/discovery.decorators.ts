import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { DiscoveryName } from './discovery-schemas.js';
import { ApiErrors } from './errors.js';
import { schemaReference } from './resource-schema.js';
import { ApiScimAnswer } from './responses.js';

/** Document of an operation of discovery that answers with one thing or, in a list, with all. */
export function ApiDiscovery(
  operationId: string,
  summary: string,
  answer: DiscoveryName | `${Exclude<DiscoveryName, 'ServiceProviderConfig'>}ListResponse`,
): MethodDecorator {
  return applyDecorators(
    ApiTags('Discovery'),
    ApiOperation({
      operationId,
      summary,
      description: 'Not filtered, sorted or paged: a filter is answered with 403.',
    }),
    ApiScimAnswer(200, summary, schemaReference(answer)),
    ApiErrors(),
  );
}

/** What the path of an operation of discovery names, and an example that is always there. */
export function ApiDiscovered(description: string, example: string): MethodDecorator {
  return applyDecorators(
    ApiParam({ name: 'id', description, schema: { type: 'string', example } }),
    ApiErrors([404]),
  );
}
