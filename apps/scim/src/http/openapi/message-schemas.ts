import type { ReferenceObject, SchemaObject } from '@nestjs/swagger';
import { MessageUrn, type SchemaRegistry } from '#scim';
import { bulkSchemas } from './bulk-schemas.js';
import { eventExample, listExample } from './examples.js';
import { message, text } from './message.js';
import { COUNT, CURSOR, SORT_ORDER, START_INDEX } from './parameters.js';
import { schemaReference, stringList } from './resource-schema.js';

/** The messages of RFC 7644 and RFC 9865, by the name of their component. */
export function messageSchemas(registry: SchemaRegistry): Record<string, SchemaObject> {
  const resources = registry.types.map((type) => schemaReference(type.name));
  return {
    Error: message(
      'What went wrong.',
      MessageUrn.Error,
      {
        status: text('The HTTP status, as a string.'),
        scimType: text('Keyword of the error.'),
        detail: text('What to fix, for people.'),
      },
      ['status', 'detail'],
    ),
    EventMessage: {
      type: 'object',
      description: 'Sent to RabbitMQ for every change, where the service is set up so.',
      required: ['operation', 'resource'],
      properties: {
        operation: { ...text('What happened.'), enum: ['Create', 'Update', 'Delete'] },
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
    ...Object.fromEntries(
      registry.types.map((type) => [listName(type), listResponse(schemaReference(type.name))]),
    ),
    SearchRequest: searchRequest(),
    PatchOp: patchOp(),
    ...bulkSchemas(registry),
  };
}

export function listName(type: { readonly name: string }): string {
  return `${type.name}ListResponse`;
}

/** A page of resources with this schema. */
export function listResponse(items: SchemaObject | ReferenceObject): SchemaObject {
  return message(
    'A page of a list.',
    MessageUrn.ListResponse,
    {
      totalResults: count('How many match in all.', 0),
      startIndex: count('Number of the first resource; not by cursor.', 1),
      itemsPerPage: count('How many are in this response.', 0),
      nextCursor: text('Cursor of the next page, if there is one.'),
      Resources: { type: 'array', items, description: 'What this page holds.' },
    },
    ['totalResults', 'itemsPerPage', 'Resources'],
  );
}

function count(description: string, minimum: number): SchemaObject {
  return { type: 'integer', minimum, description };
}

/** Null is as absent (RFC 7643 §2.5). */
const optional = (schema: SchemaObject): SchemaObject => ({ ...schema, nullable: true });

/** Names of attributes, also as a URL has them. */
const names = (description: string): SchemaObject => ({
  description,
  anyOf: [optional(stringList(description)), text('The same, separated by commas.')],
});

function searchRequest(): SchemaObject {
  return message(
    'A query whose filter should not stand in a URL.',
    MessageUrn.SearchRequest,
    {
      filter: optional(text('As the parameter `filter`.')),
      attributes: names('Only these attributes, besides those always shown.'),
      excludedAttributes: names('Without these attributes.'),
      sortBy: optional(text('Attribute to sort by.')),
      sortOrder: optional(text(SORT_ORDER)),
      startIndex: optional({ type: 'integer', description: START_INDEX }),
      count: optional({ type: 'integer', description: COUNT }),
      cursor: optional(text(CURSOR)),
    },
    [],
  );
}

function patchOp(): SchemaObject {
  const operation: SchemaObject = {
    type: 'object',
    required: ['op'],
    properties: {
      op: { ...text('What to do.'), enum: ['add', 'remove', 'replace'] },
      path: text('Attribute path, e.g. `emails[type eq "work"].value`; needed for remove.'),
      value: { description: 'Of any type; without a path an object of attributes.' },
    },
  };
  return message(
    'Changes of a resource.',
    MessageUrn.PatchOp,
    {
      Operations: {
        type: 'array',
        minItems: 1,
        description: 'Carried out in this order, all or none.',
        items: operation,
      },
    },
    ['Operations'],
  );
}
