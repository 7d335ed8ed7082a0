import type { ReferenceObject, SchemaObject } from '@nestjs/swagger';
import { stringList } from './resource-schema.js';

/** A string with what it says. */
export const text = (description: string): SchemaObject => ({ type: 'string', description });

/** A message of RFC 7644 with its URN. */
export function message(
  description: string,
  urn: string,
  properties: Readonly<Record<string, SchemaObject | ReferenceObject>>,
  required: readonly string[],
): SchemaObject {
  return {
    type: 'object',
    description,
    required: ['schemas', ...required],
    properties: {
      schemas: { ...stringList('Holds the URN of this message.', [urn]), minItems: 1 },
      ...properties,
    },
  };
}
