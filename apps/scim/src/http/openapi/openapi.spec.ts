import { Body, Controller, Delete, Get, Module, Param, Patch, Post, Put } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { OpenAPIObject } from '@nestjs/swagger';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ResourceType, validateResource } from '#scim';
import { readConfiguration } from '../../config/configuration.js';
import { loadRegistry } from '../../config/schema-files.js';
import { openApiDocument } from './document.js';
import { resourceExample } from './examples.js';
import {
  ApiScimBulk,
  ApiScimCreate,
  ApiScimDelete,
  ApiScimGet,
  ApiScimList,
  ApiScimListAll,
  ApiScimPatch,
  ApiScimReplace,
  ApiScimSearch,
  ApiScimSearchAll,
} from './resource.decorators.js';
import { inputSchemaOf, openapiSchemaOf } from './resource-schema.js';

const configuration = readConfiguration({ BASE_PATH: '/scim' });
const registry = loadRegistry(configuration);

function typeNamed(name: string): ResourceType {
  const type = registry.typeByName.get(name);
  if (type === undefined) throw new Error(`no type ${name}`);
  return type;
}

function controllerOf(type: ResourceType) {
  @Controller(type.endpoint)
  class TypeController {
    @Get()
    @ApiScimList(type)
    list(): void {}

    @Post()
    @ApiScimCreate(type)
    create(@Body() _body: object): void {}

    @Post('.search')
    @ApiScimSearch(type)
    search(@Body() _body: object): void {}

    @Get(':id')
    @ApiScimGet(type)
    read(@Param('id') _id: string): void {}

    @Put(':id')
    @ApiScimReplace(type)
    replace(@Param('id') _id: string): void {}

    @Patch(':id')
    @ApiScimPatch(type)
    patch(@Param('id') _id: string): void {}

    @Delete(':id')
    @ApiScimDelete(type)
    remove(@Param('id') _id: string): void {}
  }
  return TypeController;
}

@Controller()
class AllController {
  @Get()
  @ApiScimListAll()
  list(): void {}

  @Post('.search')
  @ApiScimSearchAll()
  search(): void {}

  @Post('Bulk')
  @ApiScimBulk()
  bulk(): void {}
}

let document: OpenAPIObject;
beforeAll(async () => {
  @Module({ controllers: [...registry.types.map(controllerOf), AllController] })
  class DocumentModule {}
  const app = await NestFactory.create(DocumentModule, { logger: false });
  await app.init();
  document = openApiDocument(app, configuration, registry);
  await app.close();
});

/** Every value under a key of this name, anywhere. */
function all(value: unknown, key: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [
    ...(name === key ? [member] : []),
    ...all(member, key),
  ]);
}

describe('the OpenAPI document', () => {
  it('refers to nothing that it does not hold', () => {
    const names = new Set(
      Object.entries(document.components ?? {}).flatMap(([kind, components]) =>
        Object.keys(components).map((name) => `#/components/${kind}/${name}`),
      ),
    );
    // SCIM has an attribute of that name, whose schema is no reference.
    const references = all(document, '$ref').filter((value) => typeof value === 'string');
    expect(references.length).toBeGreaterThan(20);
    expect(references.filter((reference) => !names.has(reference))).toEqual([]);
  });

  it('offers both ways to send the key, and the base path', () => {
    expect(Object.keys(document.components?.securitySchemes ?? {})).toEqual([
      'bearer',
      'x-api-key',
    ]);
    expect(document.security).toEqual([{ bearer: [] }, { 'x-api-key': [] }]);
    expect(document.servers).toEqual([{ url: '/scim' }]);
  });

  it('has a body with an example, in the SCIM media type, for whatever takes one', () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    const taking = operations.filter(({ method }) => ['post', 'put', 'patch'].includes(method));
    expect(taking).toHaveLength(2 * 4 + 2);
    for (const { path, method, operation } of taking) {
      const content = operation.requestBody?.content ?? {};
      expect(Object.keys(content), `${method} ${path}`).toEqual([
        'application/scim+json',
        'application/json',
      ]);
      const media = content['application/scim+json'];
      const component = media.schema.$ref.split('/').at(-1);
      const example =
        Object(Object.values(media.examples ?? {})[0]).value ??
        Object(document.components?.schemas?.[component]).example;
      expect(example, `${method} ${path}`).toHaveProperty('schemas');
    }
  });

  it('tells every answer: success, and errors as SCIM errors', () => {
    const create = document.paths['/Users']?.post;
    expect(Object.keys(create?.responses ?? {})).toEqual([
      '201',
      '400',
      '401',
      '403',
      '406',
      '409',
      '413',
      '415',
      '429',
      '431',
      '500',
      '503',
    ]);
    const patch = document.paths['/Groups/{id}']?.patch;
    expect(Object.keys(patch?.responses ?? {})).toContain('204');
    expect(create?.responses['409']).toEqual({ $ref: '#/components/responses/Conflict' });
    const conflict = Object(document.components?.responses?.Conflict);
    expect(conflict.content['application/scim+json'].example).toMatchObject({
      status: '409',
      scimType: 'uniqueness',
    });
  });

  it('names each operation once, and each parameter once', () => {
    const ids = all(document.paths, 'operationId');
    expect(new Set(ids).size).toBe(ids.length);
    const { parameters = [] } = document.paths['/Users/{id}']?.get ?? {};
    const names = parameters.map((parameter) => Object(parameter).name);
    expect(names.sort()).toEqual(['If-None-Match', 'attributes', 'excludedAttributes', 'id']);
  });
});

describe('examples', () => {
  it.each(registry.types.map((type) => [type.name, type] as const))(
    'create a %s, in strict mode too',
    (_name, type) => {
      expect(() => validateResource(resourceExample(type), type, { strict: true })).not.toThrow();
    },
  );

  it('hold what a schema requires even where nobody wrote one', () => {
    const user = typeNamed('User');
    const odd: ResourceType = { ...user, name: 'Odd' };
    expect(resourceExample(odd)).toEqual({ schemas: [user.schema.id], userName: 'example' });
  });
});

describe('the schema of a resource type', () => {
  it('states attributes with types, access and extensions', () => {
    const schema = Object(openapiSchemaOf(typeNamed('User')));
    // In every answer, whatever the projection; a body has to have others.
    expect(schema.required).toEqual(['schemas', 'id']);
    expect(inputSchemaOf(typeNamed('User')).allOf?.[1]).toMatchObject({
      required: ['schemas', 'userName'],
    });
    expect(schema.properties).toMatchObject({
      id: { type: 'string', readOnly: true },
      userName: { type: 'string' },
      active: { type: 'boolean' },
      password: { writeOnly: true },
      meta: { type: 'object', properties: { created: { format: 'date-time' } } },
      emails: {
        type: 'array',
        items: { type: 'object', properties: { primary: { type: 'boolean' } } },
      },
      groups: { readOnly: true },
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': {
        type: 'object',
        properties: { manager: { type: 'object' } },
      },
    });
  });
});
