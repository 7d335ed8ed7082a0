import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ResourceType } from '#scim';
import { ApiErrors } from './errors.js';
import {
  answerExample,
  createExamples,
  filterExample,
  listExample,
  searchExample,
} from './examples.js';
import { listName } from './message-schemas.js';
import {
  ApiIfMatch,
  ApiIfNoneMatch,
  ApiListParameters,
  ApiPrefer,
  ApiProjection,
  ApiResourceId,
} from './parameters.js';
import { patchExamples } from './patch-examples.js';
import { ApiJsonBody } from './request-body.js';
import { requestName, schemaReference } from './resource-schema.js';
import { ApiNoBody, ApiScimAnswer } from './responses.js';

/** Documents of the operations that every resource type has, made from its schema. */

const SEARCH = 'The same as a list, for filters that should not stand in a URL.';

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
    ApiErrors([400]),
  );
}

export function ApiScimCreate(type: ResourceType): MethodDecorator {
  return applyDecorators(
    ApiTags(tag(type)),
    ApiOperation({ operationId: `create${type.name}`, summary: `Create a ${type.name}` }),
    ApiProjection(),
    ApiJsonBody(requestName(type), createExamples(type)),
    resourceAnswer(type, 201, 'The new resource.'),
    ApiErrors([400, 409, 413, 415]),
  );
}

export function ApiScimGet(type: ResourceType): MethodDecorator {
  return applyDecorators(
    ApiTags(tag(type)),
    ApiOperation({ operationId: `get${type.name}`, summary: `Read a ${type.name}` }),
    ApiResourceId(type),
    ApiProjection(),
    ApiIfNoneMatch(),
    resourceAnswer(type, 200, 'The resource.'),
    ApiNoBody(304, 'The client has this version.', ['ETag', 'Location']),
    ApiErrors([400, 404, 412]),
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
    ApiResourceId(type),
    ApiProjection(),
    ApiIfMatch(),
    ApiJsonBody(requestName(type), createExamples(type)),
    resourceAnswer(type, 200, 'The resource as it is now.'),
    ApiErrors([400, 404, 409, 412, 413, 415]),
  );
}

export function ApiScimPatch(type: ResourceType): MethodDecorator {
  return applyDecorators(
    ApiTags(tag(type)),
    ApiOperation({
      operationId: `patch${type.name}`,
      summary: `Change a ${type.name}`,
      description: 'All operations succeed, or nothing changes.',
    }),
    ApiResourceId(type),
    ApiProjection(),
    ApiIfMatch(),
    ApiPrefer(),
    ApiJsonBody('PatchOp', patchExamples(type)),
    resourceAnswer(type, 200, 'The resource as it is now.'),
    ApiNoBody(
      204,
      'Changed, and the resource is not shown: it has many members, or `Prefer` says so.',
      ['ETag', 'Location'],
    ),
    ApiErrors([400, 404, 409, 412, 413, 415]),
  );
}

export function ApiScimDelete(type: ResourceType): MethodDecorator {
  return applyDecorators(
    ApiTags(tag(type)),
    ApiOperation({ operationId: `delete${type.name}`, summary: `Delete a ${type.name}` }),
    ApiResourceId(type),
    ApiIfMatch(),
    ApiNoBody(204, 'Deleted.'),
    ApiErrors([404, 412]),
  );
}

/** POST /.search below the endpoint of a type. */
export function ApiScimSearch(type: ResourceType): MethodDecorator {
  return applyDecorators(
    ApiTags(tag(type)),
    ApiOperation({
      operationId: `search${type.name}s`,
      summary: `Search resources of type ${type.name}`,
      description: SEARCH,
    }),
    ApiJsonBody('SearchRequest', searchExample(filterExample(type))),
    ApiScimAnswer(
      200,
      'A page of what matches.',
      schemaReference(listName(type)),
      listExample([type]),
    ),
    ApiErrors([400, 413, 415]),
  );
}

/** GET at the root: a list over all types. */
export function ApiScimListAll(): MethodDecorator {
  return applyDecorators(
    ApiTags('All resources'),
    ApiOperation({
      operationId: 'listAll',
      summary: 'Find resources of all types',
      description: 'A browser is led to this interface instead.',
    }),
    ApiListParameters('meta.resourceType eq "User"'),
    ApiProjection(),
    ApiScimAnswer(200, 'A page of what matches.', schemaReference('ListResponse')),
    ApiNoBody(302, 'A browser is led to this page.', ['Location']),
    ApiErrors([400]),
  );
}

/** POST /.search at the root. */
export function ApiScimSearchAll(): MethodDecorator {
  return applyDecorators(
    ApiTags('All resources'),
    ApiOperation({
      operationId: 'searchAll',
      summary: 'Search all resource types',
      description: SEARCH,
    }),
    ApiJsonBody('SearchRequest', searchExample('meta.resourceType eq "User"')),
    ApiScimAnswer(200, 'A page of what matches.', schemaReference('ListResponse')),
    ApiErrors([400, 413, 415]),
  );
}

export function ApiScimBulk(): MethodDecorator {
  return applyDecorators(
    ApiTags('Bulk'),
    ApiOperation({
      operationId: 'bulk',
      summary: 'Many changes in one request',
      description:
        'Every operation succeeds or fails by itself; the answer tells of each. A new resource is referred to as `bulkId:<name>`.',
    }),
    ApiJsonBody('BulkRequest', {}),
    ApiScimAnswer(200, 'What became of each operation.', schemaReference('BulkResponse')),
    ApiErrors([400, 413, 415]),
  );
}

function tag(type: ResourceType): string {
  return type.endpoint.slice(1);
}

function resourceAnswer(type: ResourceType, status: number, description: string): MethodDecorator {
  return ApiScimAnswer(status, description, schemaReference(type.name), answerExample(type), [
    'ETag',
    'Location',
  ]);
}
