import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiParam, ApiQuery } from '@nestjs/swagger';
import type { ResourceType } from '#scim';
import { exampleId } from './examples.js';

/** Of a query, as parameters and in a SearchRequest. */
export const SORT_ORDER = 'Used with sortBy: ascending, or descending.';
export const START_INDEX = 'Number of the first resource, from 1. Not with cursor.';
export const COUNT = 'Most resources in the response; 0 asks for the number of matches only.';
export const CURSOR = '`nextCursor` of the page before; empty for the first page (RFC 9865).';

/** `attributes` and `excludedAttributes`, of every operation that answers with resources. */
export function ApiProjection(): MethodDecorator {
  return applyDecorators(
    parameter(
      'attributes',
      'Only these attributes, separated by commas, besides those always shown.',
    ),
    parameter('excludedAttributes', 'Without these attributes, separated by commas.'),
  );
}

/** Filter, sort and page. */
export function ApiListParameters(filter: string): MethodDecorator {
  return applyDecorators(
    ApiQuery({
      name: 'filter',
      required: false,
      description: 'Only resources that match (RFC 7644 §3.4.2.2).',
      schema: { type: 'string' },
      examples: { none: { summary: 'All', value: '' }, some: { summary: filter, value: filter } },
    }),
    parameter('sortBy', 'Attribute to sort by.'),
    parameter('sortOrder', SORT_ORDER),
    number('startIndex', START_INDEX),
    number('count', COUNT),
    ApiQuery({
      name: 'cursor',
      required: false,
      allowEmptyValue: true,
      description: CURSOR,
      schema: { type: 'string' },
    }),
  );
}

export function ApiResourceId(type: ResourceType): MethodDecorator {
  return ApiParam({
    name: 'id',
    description: 'The `id` of the resource, as a create or a list tells it.',
    // An example of the parameter itself would be dropped.
    schema: { type: 'string', example: exampleId(type.name) },
  });
}

export function ApiIfMatch(): MethodDecorator {
  return ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'Only if the resource has this ETag.',
    schema: { type: 'string' },
  });
}

export function ApiIfNoneMatch(): MethodDecorator {
  return ApiHeader({
    name: 'If-None-Match',
    required: false,
    description: 'ETag of the version that the client has; the same version is answered with 304.',
    schema: { type: 'string' },
  });
}

/** RFC 7240: whether a change is answered by the resource. */
export function ApiPrefer(): MethodDecorator {
  return ApiHeader({
    name: 'Prefer',
    required: false,
    description:
      '`return=minimal` is answered with 204, `return=representation` with the resource; unless `attributes` or `excludedAttributes` ask for it. Others are ignored.',
    schema: { type: 'string' },
  });
}

function parameter(name: string, description: string): MethodDecorator {
  return ApiQuery({ name, required: false, description, schema: { type: 'string' } });
}

function number(name: string, description: string): MethodDecorator {
  return ApiQuery({ name, required: false, description, schema: { type: 'integer' } });
}
