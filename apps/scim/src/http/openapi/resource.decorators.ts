import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type JsonObject, MessageUrn, type ResourceType, type SchemaRegistry } from '#scim';
import { SCIM_MEDIA_TYPE } from '../reply.js';
import {
  answerExample,
  bulkExample,
  filterExample,
  patchExample,
  resourceExample,
  searchExample,
} from './examples.js';
import { listName } from './message-schemas.js';
import {
  ApiIfMatch,
  ApiIfNoneMatch,
  ApiListParameters,
  ApiProjection,
  ApiResourceId,
} from './parameters.js';
import { schemaReference } from './resource-schema.js';
import { ApiErrors, ApiNoBody, ApiScimAnswer } from './responses.js';

/** Documents of the operations that every resource type has, made from its schema. */

/** Where examples of absolute locations point. */
const BASE = 'https://scim.example.org';

export function ApiScimList(type: ResourceType): MethodDecorator {
  return applyDecorators(
    ApiTags(tag(type)),
    ApiOperation({
      operationId: `list${type.name}s`,
      summary: `Find resources of type ${type.name}`,
      description: 'A filter, an order and a page are all optional. No match is an empty list.',
    }),
    ApiListParameters(filterExample(type)),
    ApiProjection(),
    ApiScimAnswer(
      200,
      'A page of what matches.',
      schemaReference(listName(type)),
      listExample([type]),
    ),
    ApiErrors(
      [400],
      ['invalidFilter', 'invalidValue', 'invalidCursor', 'expiredCursor', 'invalidCount'],
    ),
  );
}

export function ApiScimCreate(type: ResourceType): MethodDecorator {
  return applyDecorators(
    ApiTags(tag(type)),
    ApiOperation({ operationId: `create${type.name}`, summary: `Create a ${type.name}` }),
    ApiProjection(),
    resourceBody(type),
    resourceAnswer(type, 201, 'The new resource.'),
    ApiErrors([400, 409, 413, 415], ['invalidSyntax', 'invalidValue']),
  );
}

export function ApiScimGet(type: ResourceType): MethodDecorator {
  return applyDecorators(
    ApiTags(tag(type)),
    ApiOperation({ operationId: `get${type.name}`, summary: `Read a ${type.name}` }),
    ApiResourceId(),
    ApiProjection(),
    ApiIfNoneMatch(),
    resourceAnswer(type, 200, 'The resource.'),
    ApiNoBody(304, 'The client has this version.', ['ETag']),
    ApiErrors([400, 404], ['invalidValue']),
  );
}

export function ApiScimReplace(type: ResourceType): MethodDecorator {
  return applyDecorators(
    ApiTags(tag(type)),
    ApiOperation({
      operationId: `replace${type.name}`,
      summary: `Replace a ${type.name}`,
      description: 'What the body leaves out is cleared.',
    }),
    ApiResourceId(),
    ApiProjection(),
    ApiIfMatch(),
    resourceBody(type),
    resourceAnswer(type, 200, 'The resource as it is now.'),
    ApiErrors([400, 404, 409, 412, 413, 415], ['invalidSyntax', 'invalidValue', 'mutability']),
  );
}

export function ApiScimPatch(type: ResourceType): MethodDecorator {
  const body = patchExample(type);
  const withoutBody =
    type.relations.length === 0
      ? []
      : [
          ApiNoBody(
            204,
            'Changed. The resource itself is answered to `attributes`, `excludedAttributes` or "Prefer: return=representation".',
            ['ETag', 'Location'],
          ),
        ];
  return applyDecorators(
    ApiTags(tag(type)),
    ApiOperation({
      operationId: `patch${type.name}`,
      summary: `Change a ${type.name}`,
      description: 'All operations succeed, or nothing changes.',
    }),
    ApiResourceId(),
    ApiProjection(),
    ApiIfMatch(),
    jsonBody('PatchOp', body),
    resourceAnswer(type, 200, 'The resource as it is now.'),
    ...withoutBody,
    ApiErrors(
      [400, 404, 409, 412, 413, 415],
      ['invalidSyntax', 'invalidPath', 'invalidFilter', 'invalidValue', 'noTarget', 'mutability'],
    ),
  );
}

export function ApiScimDelete(type: ResourceType): MethodDecorator {
  return applyDecorators(
    ApiTags(tag(type)),
    ApiOperation({ operationId: `delete${type.name}`, summary: `Delete a ${type.name}` }),
    ApiResourceId(),
    ApiIfMatch(),
    ApiNoBody(204, 'Deleted.'),
    ApiErrors([404, 412]),
  );
}

/** POST /.search: of one type, or of all types when none is given. */
export function ApiScimSearch(
  types: readonly ResourceType[],
  registry: SchemaRegistry,
): MethodDecorator {
  const [only] = types;
  const one = types.length === 1 ? only : undefined;
  const filter = one === undefined ? 'meta.created gt "2026-01-01T00:00:00Z"' : filterExample(one);
  return applyDecorators(
    ApiTags(one === undefined ? 'All resources' : tag(one)),
    ApiOperation({
      operationId: one === undefined ? 'searchAll' : `search${one.name}s`,
      summary:
        one === undefined ? 'Search all resource types' : `Search resources of type ${one.name}`,
      description: 'The same as a list, for filters that should not stand in a URL.',
    }),
    jsonBody('SearchRequest', searchExample(filter)),
    ApiScimAnswer(
      200,
      'A page of what matches.',
      schemaReference(one === undefined ? 'ListResponse' : listName(one)),
      listExample(one === undefined ? registry.types : [one]),
    ),
    ApiErrors(
      [400, 413, 415],
      [
        'invalidSyntax',
        'invalidFilter',
        'invalidValue',
        'invalidCursor',
        'expiredCursor',
        'invalidCount',
      ],
    ),
  );
}

/** GET at the root: a list over all types. */
export function ApiScimListAll(registry: SchemaRegistry): MethodDecorator {
  return applyDecorators(
    ApiTags('All resources'),
    ApiOperation({
      operationId: 'listAll',
      summary: 'Find resources of all types',
      description: 'A browser is led to this interface instead.',
    }),
    ApiListParameters('meta.resourceType eq "User"'),
    ApiProjection(),
    ApiScimAnswer(
      200,
      'A page of what matches.',
      schemaReference('ListResponse'),
      listExample(registry.types),
    ),
    ApiErrors(
      [400],
      [
        'invalidFilter',
        'invalidValue',
        'tooMany',
        'invalidCursor',
        'expiredCursor',
        'invalidCount',
      ],
    ),
  );
}

export function ApiScimBulk(registry: SchemaRegistry): MethodDecorator {
  const example = bulkExample(registry);
  return applyDecorators(
    ApiTags('Bulk'),
    ApiOperation({
      operationId: 'bulk',
      summary: 'Many changes in one request',
      description:
        'Every operation succeeds or fails by itself; the answer tells of each. A new resource is referred to as `bulkId:<name>`.',
    }),
    jsonBody('BulkRequest', example),
    ApiScimAnswer(200, 'What became of each operation.', schemaReference('BulkResponse'), {
      schemas: [MessageUrn.BulkResponse],
      Operations: registry.types.map((type) => ({
        method: 'POST',
        bulkId: `new-${type.name.toLowerCase()}`,
        location: `${BASE}${type.endpoint}/7f3c1a52-0d2e-4c1b-9a44-6b8f6f1f2a10`,
        version: 'W/"1"',
        status: '201',
      })),
    }),
    ApiErrors([400, 413, 415, 501], ['invalidSyntax']),
  );
}

function tag(type: ResourceType): string {
  return type.endpoint.slice(1);
}

function resourceBody(type: ResourceType): MethodDecorator {
  return jsonBody(type.name, resourceExample(type));
}

function jsonBody(schema: string, example: JsonObject): MethodDecorator {
  return applyDecorators(
    ApiConsumes(SCIM_MEDIA_TYPE, 'application/json'),
    ApiBody({
      required: true,
      schema: schemaReference(schema),
      examples: { example: { summary: 'Example', value: example } },
    }),
  );
}

function resourceAnswer(type: ResourceType, status: number, description: string): MethodDecorator {
  return ApiScimAnswer(status, description, schemaReference(type.name), answerExample(type, BASE), [
    'ETag',
    'Location',
  ]);
}

function listExample(types: readonly ResourceType[]): JsonObject {
  return {
    schemas: [MessageUrn.ListResponse],
    totalResults: types.length,
    startIndex: 1,
    itemsPerPage: types.length,
    Resources: types.map((type) => answerExample(type, BASE)),
  };
}
