import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { JsonObject, ResourceType, ScimType } from '#scim';
import { SCIM_MEDIA_TYPE } from '../reply.js';
import {
  answerExample,
  filterExample,
  listExample,
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

const SEARCH = 'The same as a list, for filters that should not stand in a URL.';

const QUERY_ERRORS: readonly ScimType[] = [
  'invalidFilter',
  'invalidValue',
  'invalidCursor',
  'expiredCursor',
  'invalidCount',
];

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
    ApiErrors([400], QUERY_ERRORS),
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

/** POST /.search below the endpoint of a type. */
export function ApiScimSearch(type: ResourceType): MethodDecorator {
  return applyDecorators(
    ApiTags(tag(type)),
    ApiOperation({
      operationId: `search${type.name}s`,
      summary: `Search resources of type ${type.name}`,
      description: SEARCH,
    }),
    jsonBody('SearchRequest', searchExample(filterExample(type))),
    ApiScimAnswer(
      200,
      'A page of what matches.',
      schemaReference(listName(type)),
      listExample([type]),
    ),
    ApiErrors([400, 413, 415], ['invalidSyntax', ...QUERY_ERRORS]),
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
    ApiErrors([400], [...QUERY_ERRORS, 'tooMany']),
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
    jsonBody('SearchRequest', searchExample('meta.resourceType eq "User"')),
    ApiScimAnswer(200, 'A page of what matches.', schemaReference('ListResponse')),
    ApiErrors([400, 413, 415], ['invalidSyntax', ...QUERY_ERRORS, 'tooMany']),
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
    jsonBody('BulkRequest'),
    ApiScimAnswer(200, 'What became of each operation.', schemaReference('BulkResponse')),
    ApiErrors([400, 413, 415, 501], ['invalidSyntax']),
  );
}

function tag(type: ResourceType): string {
  return type.endpoint.slice(1);
}

function resourceBody(type: ResourceType): MethodDecorator {
  return jsonBody(type.name, resourceExample(type));
}

/** Without an example the one of the schema is shown. */
function jsonBody(schema: string, example?: JsonObject): MethodDecorator {
  return applyDecorators(
    ApiConsumes(SCIM_MEDIA_TYPE, 'application/json'),
    ApiBody({
      required: true,
      schema: schemaReference(schema),
      ...(example === undefined
        ? {}
        : { examples: { example: { summary: 'Example', value: example } } }),
    }),
  );
}

function resourceAnswer(type: ResourceType, status: number, description: string): MethodDecorator {
  return ApiScimAnswer(status, description, schemaReference(type.name), answerExample(type), [
    'ETag',
    'Location',
  ]);
}
