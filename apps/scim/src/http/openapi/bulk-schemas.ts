import type { SchemaObject } from '@nestjs/swagger';
import { MessageUrn, type SchemaRegistry } from '#scim';
import { bulkAnswerExample, bulkExample } from './bulk-examples.js';
import { message, text } from './message.js';
import { schemaReference } from './resource-schema.js';

/** The two messages of /Bulk (RFC 7644 §3.7). */
export function bulkSchemas(registry: SchemaRegistry): Record<string, SchemaObject> {
  return {
    BulkRequest: { ...bulkRequest(), example: bulkExample(registry) },
    BulkResponse: { ...bulkResponse(), example: bulkAnswerExample(registry) },
  };
}

function bulkRequest(): SchemaObject {
  const operation: SchemaObject = {
    type: 'object',
    required: ['method', 'path'],
    properties: {
      method: { ...text('What to do.'), enum: ['POST', 'PUT', 'PATCH', 'DELETE'] },
      path: text('The endpoint for POST, e.g. `/Users`; else the resource, e.g. `/Users/7`.'),
      bulkId: { ...text('Name of a new resource, for `bulkId:<name>`.'), minLength: 1 },
      version: { ...text('ETag that the resource has to have.'), minLength: 1 },
      data: { type: 'object', description: 'The body of the operation; none for DELETE.' },
    },
  };
  return message(
    'Many operations in one request.',
    MessageUrn.BulkRequest,
    {
      failOnErrors: { type: 'integer', minimum: 1, description: 'Stop after this many errors.' },
      Operations: {
        type: 'array',
        minItems: 1,
        description: 'Carried out one after the other; those that others refer to come first.',
        items: operation,
      },
    },
    ['Operations'],
  );
}

function bulkResponse(): SchemaObject {
  const result: SchemaObject = {
    type: 'object',
    // Not the method: an operation may have none that is known, and fails for that.
    required: ['status'],
    properties: {
      method: text('As it was sent.'),
      bulkId: text('As it was sent.'),
      version: text('The ETag of the resource now.'),
      location: text('Absolute address of the resource.'),
      status: text('The HTTP status of the operation, as a string.'),
      response: { allOf: [schemaReference('Error')], description: 'Why the operation failed.' },
    },
  };
  return message(
    'What became of each operation.',
    MessageUrn.BulkResponse,
    {
      Operations: {
        type: 'array',
        description: 'In the order of the request, as far as it was carried out.',
        items: result,
      },
    },
    ['Operations'],
  );
}
