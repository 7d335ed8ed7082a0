import { Controller, Get, Inject, Post, Req } from '@nestjs/common';
import type { SchemaRegistry } from '#scim';
import type { ScimHttpRequest } from '../access/client.js';
import { authorise, mayEnter } from '../access/rights.js';
import { ReadAccess } from '../access/route-access.js';
import { SCHEMA_REGISTRY } from '../composition/tokens.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { ScimBody } from '../http/body.pipe.js';
import { ApiScimListAll, ApiScimSearchAll } from '../http/openapi/resource.decorators.js';
import { type ListQuery, ScimQuery } from '../http/query.pipe.js';
import type { ScimReply } from '../http/reply.js';
import { requestContext } from '../resources/request-context.js';
import { QueryService } from './query.service.js';
import { parseSearchRequest } from './search-request.js';

/** Queries over all resource types, at the root (RFC 7644 §3.4.2.1, §3.4.3). */
@Controller()
export class SearchController {
  constructor(
    private readonly queries: QueryService,
    @Inject(SCHEMA_REGISTRY) private readonly registry: SchemaRegistry,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  @Get()
  @ApiScimListAll()
  list(@Req() request: ScimHttpRequest, @ScimQuery() query: ListQuery): Promise<ScimReply> {
    return this.answer(request, query, 'uri');
  }

  @Post('.search')
  @ApiScimSearchAll()
  @ReadAccess()
  search(@Req() request: ScimHttpRequest, @ScimBody('search') body: unknown): Promise<ScimReply> {
    const query = parseSearchRequest(body, this.configuration.defaultPagination === 'cursor');
    return this.answer(request, query, 'body');
  }

  private async answer(
    request: ScimHttpRequest,
    query: ListQuery,
    via: 'uri' | 'body',
  ): Promise<ScimReply> {
    const context = requestContext(request, this.configuration);
    const { rights } = context.client;
    authorise(rights, 'read');
    // What a client may not enter is as if it were not there.
    const types = this.registry.types.filter((type) => mayEnter(rights, type));
    return { status: 200, body: await this.queries.list(context, types, query, via) };
  }
}
