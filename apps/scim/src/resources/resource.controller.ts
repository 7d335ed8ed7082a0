import {
  All,
  Controller,
  Delete,
  Get,
  Inject,
  Param,
  Patch,
  Post,
  Put,
  Req,
  type Type,
} from '@nestjs/common';
import { ApiExcludeEndpoint } from '@nestjs/swagger';
import { neededRelations, type ResourceType, ScimError } from '#scim';
import type { ScimHttpRequest } from '../access/client.js';
import { ReadAccess } from '../access/route-access.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { ScimBody } from '../http/body.pipe.js';
import {
  ApiScimCreate,
  ApiScimDelete,
  ApiScimGet,
  ApiScimList,
  ApiScimPatch,
  ApiScimReplace,
  ApiScimSearch,
} from '../http/openapi/resource.decorators.js';
import { type ListQuery, ScimQuery } from '../http/query.pipe.js';
import type { ScimReply } from '../http/reply.js';
import { QueryService } from '../search/query.service.js';
import { parseSearchRequest } from '../search/search-request.js';
import { requestContext } from './request-context.js';
import { ResourceService } from './resource.service.js';
import { ResourceResponder } from './resource-responder.js';

/** The endpoint of one resource type (RFC 7644 §3.2): every type has this one, made from its schema. */
export function createResourceController(type: ResourceType): Type<unknown> {
  @Controller(type.endpoint)
  class ResourceController {
    constructor(
      private readonly resources: ResourceService,
      private readonly queries: QueryService,
      private readonly responder: ResourceResponder,
      @Inject(CONFIGURATION) private readonly configuration: Configuration,
    ) {}

    @Get()
    @ApiScimList(type)
    async list(@Req() request: ScimHttpRequest, @ScimQuery() query: ListQuery): Promise<ScimReply> {
      return {
        status: 200,
        body: await this.queries.list(this.context(request), [type], query, 'uri'),
      };
    }

    @Post('.search')
    @ApiScimSearch(type)
    @ReadAccess()
    async search(
      @Req() request: ScimHttpRequest,
      @ScimBody('search') body: unknown,
    ): Promise<ScimReply> {
      const query = parseSearchRequest(body, this.configuration.defaultPagination === 'cursor');
      return {
        status: 200,
        body: await this.queries.list(this.context(request), [type], query, 'body'),
      };
    }

    /** `.search` is never an id (RFC 7644 §3.4.3). */
    @All('.search')
    @ApiExcludeEndpoint()
    @ReadAccess()
    notSearch(): never {
      throw new ScimError(405, undefined, 'Send a search by POST.', { Allow: 'POST' });
    }

    @Post()
    @ApiScimCreate(type)
    async create(
      @Req() request: ScimHttpRequest,
      @ScimQuery() query: ListQuery,
      @ScimBody() body: unknown,
    ): Promise<ScimReply> {
      const context = this.context(request);
      const projection = this.responder.projection(type, query);
      const written = await this.resources.create(context, type, body);
      return this.responder.written(context, type, written, projection, 201);
    }

    @Get(':id')
    @ApiScimGet(type)
    async read(
      @Req() request: ScimHttpRequest,
      @Param('id') id: string,
      @ScimQuery() query: ListQuery,
    ): Promise<ScimReply> {
      const context = this.context(request);
      const projection = this.responder.projection(type, query);
      const stored = await this.resources.read(context, type, id, neededRelations(projection));
      return this.responder.found(context, type, stored, projection);
    }

    @Put(':id')
    @ApiScimReplace(type)
    async replace(
      @Req() request: ScimHttpRequest,
      @Param('id') id: string,
      @ScimQuery() query: ListQuery,
      @ScimBody() body: unknown,
    ): Promise<ScimReply> {
      const context = this.context(request);
      const projection = this.responder.projection(type, query);
      const written = await this.resources.replace(context, type, id, body);
      return this.responder.written(context, type, written, projection, 200);
    }

    @Patch(':id')
    @ApiScimPatch(type)
    async patch(
      @Req() request: ScimHttpRequest,
      @Param('id') id: string,
      @ScimQuery() query: ListQuery,
      @ScimBody() body: unknown,
    ): Promise<ScimReply> {
      const context = this.context(request);
      const projection = this.responder.projection(type, query);
      const written = await this.resources.patch(context, type, id, body);
      const brief = await this.responder.isBrief(context, type, written.stored, query);
      if (brief) return this.responder.noContent(context, type, written.stored);
      return this.responder.written(context, type, written, projection, 200);
    }

    @Delete(':id')
    @ApiScimDelete(type)
    async remove(@Req() request: ScimHttpRequest, @Param('id') id: string): Promise<ScimReply> {
      await this.resources.remove(this.context(request), type, id);
      return { status: 204 };
    }

    private context(request: ScimHttpRequest) {
      return requestContext(request, this.configuration);
    }
  }
  Object.defineProperty(ResourceController, 'name', { value: `${type.name}Controller` });
  return ResourceController;
}
