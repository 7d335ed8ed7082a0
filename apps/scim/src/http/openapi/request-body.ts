import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import { SCIM_MEDIA_TYPE } from '../reply.js';
import type { Examples } from './examples.js';
import { schemaReference } from './resource-schema.js';

/**
 * Document of a body; the first example is what the interface offers to send. Without examples that
 * of the schema is shown.
 */
export function ApiJsonBody(schema: string, examples: Examples): MethodDecorator {
  return applyDecorators(
    ApiConsumes(SCIM_MEDIA_TYPE, 'application/json'),
    ApiBody({
      required: true,
      schema: schemaReference(schema),
      ...(Object.keys(examples).length === 0 ? {} : { examples }),
    }),
  );
}
