import type { ReferenceObject, SchemaObject } from '@nestjs/swagger';
import { MessageUrn, type SchemaRegistry } from '#scim';
import { bulkAnswerExample, bulkExample, eventExample, listExample } from './examples.js';
import { schemaReference } from './resource-schema.js';

const string: SchemaObject = { type: 'string' };
const integer: SchemaObject = { type: 'integer' };
const strings: SchemaObject = { type: 'array', items: string };

function message(
  urn: string,
  properties: Readonly<Record<string, SchemaObject | ReferenceObject>>,
  required: readonly string[],
): SchemaObject {
  return {
    type: 'object',
    required: ['schemas', ...required],
    properties: { schemas: { type: 'array', items: string, example: [urn] }, ...properties },
  };
}

/** The messages of RFC 7644 and RFC 9865, by the name of their component. */
export function messageSchemas(registry: SchemaRegistry): Record<string, SchemaObject> {
  const resources = registry.types.map((type) => schemaReference(type.name));
  return {
    Error: message(
      MessageUrn.Error,
      {
        status: { ...string, description: 'The HTTP status, as a string.' },
        scimType: { ...string, description: 'Keyword of the error.' },
        detail: { ...string, description: 'What to fix, for people.' },
      },
      ['status'],
    ),
    EventMessage: {
      type: 'object',
      description: 'Sent to RabbitMQ for every change, where the service is set up so.',
      required: ['operation', 'resource'],
      properties: {
        operation: { ...string, enum: ['Create', 'Update', 'Delete'] },
        resource: {
          anyOf: resources,
          description:
            'The whole resource; as it was last, for Delete. Locations are relative, a user has no ' +
            '`groups`, and nothing is in it that answers never show.',
        },
      },
      example: eventExample(registry.types),
    },
    ListResponse: {
      ...listResponse({ anyOf: resources }),
      example: listExample(registry.types),
    },
    DiscoveryListResponse: listResponse({ type: 'object' }),
    ...Object.fromEntries(
      registry.types.map((type) => [listName(type), listResponse(schemaReference(type.name))]),
    ),
    SearchRequest: message(
      MessageUrn.SearchRequest,
      {
        filter: { ...string, description: 'As the parameter `filter`.' },
        attributes: strings,
        excludedAttributes: strings,
        sortBy: string,
        sortOrder: { ...string, enum: ['ascending', 'descending'] },
        startIndex: integer,
        count: integer,
        cursor: string,
      },
      [],
    ),
    PatchOp: message(
      MessageUrn.PatchOp,
      {
        Operations: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            required: ['op'],
            properties: {
              op: { ...string, enum: ['add', 'remove', 'replace'] },
              path: {
                ...string,
                description: 'Attribute path, e.g. `emails[type eq "work"].value`.',
              },
              value: { description: 'Of any type; without a path an object of attributes.' },
            },
          },
        },
      },
      ['Operations'],
    ),
    BulkRequest: { ...bulkRequest(), example: bulkExample(registry) },
    BulkResponse: { ...bulkResponse(), example: bulkAnswerExample(registry) },
  };
}

export function listName(type: { readonly name: string }): string {
  return `${type.name}ListResponse`;
}

function listResponse(items: SchemaObject | ReferenceObject): SchemaObject {
  return message(
    MessageUrn.ListResponse,
    {
      totalResults: { ...integer, description: 'How many match in all.' },
      startIndex: { ...integer, description: 'Number of the first resource; not by cursor.' },
      itemsPerPage: { ...integer, description: 'How many are in this response.' },
      nextCursor: { ...string, description: 'Cursor of the next page, if there is one.' },
      Resources: { type: 'array', items },
    },
    ['totalResults', 'Resources'],
  );
}

function bulkRequest(): SchemaObject {
  return message(
    MessageUrn.BulkRequest,
    {
      failOnErrors: { ...integer, description: 'Stop after this many errors.' },
      Operations: {
        type: 'array',
        items: {
          type: 'object',
          required: ['method', 'path'],
          properties: {
            method: { ...string, enum: ['POST', 'PUT', 'PATCH', 'DELETE'] },
            path: string,
            bulkId: { ...string, description: 'Name of a new resource, for `bulkId:<name>`.' },
            version: { ...string, description: 'ETag that the resource has to have.' },
            data: { type: 'object', description: 'The body of the operation.' },
          },
        },
      },
    },
    ['Operations'],
  );
}

function bulkResponse(): SchemaObject {
  return message(
    MessageUrn.BulkResponse,
    {
      Operations: {
        type: 'array',
        items: {
          type: 'object',
          required: ['method', 'status'],
          properties: {
            method: string,
            bulkId: string,
            version: string,
            location: string,
            status: { ...string, description: 'The HTTP status of the operation, as a string.' },
            response: schemaReference('Error'),
          },
        },
      },
    },
    ['Operations'],
  );
}
