import { Controller, Delete, Get, Inject, Patch, Post, Put, Req } from '@nestjs/common';
import { neededRelations, ScimError } from '#scim';
import type { ScimHttpRequest } from '../access/client.js';
import { OwnAccess } from '../access/route-access.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { ScimBody } from '../http/body.pipe.js';
import { ApiNotOffered, ApiOwnChange, ApiOwnRead } from '../http/openapi/me.decorators.js';
import { type ListQuery, ScimQuery } from '../http/query.pipe.js';
import type { ScimReply } from '../http/reply.js';
import { requestContext } from '../resources/request-context.js';
import { ResourceService } from '../resources/resource.service.js';
import { ResourceResponder } from '../resources/resource-responder.js';
import { type Own, OwnResource } from './own-resource.js';

/**
 * The resource of whoever a token speaks for (RFC 7644 §3.11). Answers carry its permanent location.
 * Keys belong to no user, so for them there is none.
 */
@Controller('Me')
@OwnAccess()
export class MeController {
  constructor(
    private readonly own: OwnResource,
    private readonly resources: ResourceService,
    private readonly responder: ResourceResponder,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  @Get()
  @ApiOwnRead()
  async read(@Req() request: ScimHttpRequest, @ScimQuery() query: ListQuery): Promise<ScimReply> {
    const { type, id, context } = await this.find(request);
    const projection = this.responder.projection(type, query);
    const stored = await this.resources.read(context, type, id, neededRelations(projection));
    return this.responder.found(context, type, stored, projection);
  }

  @Put()
  @ApiOwnChange('replaceMe', 'Replace what is one’s own to change', 'UserRequest')
  async replace(
    @Req() request: ScimHttpRequest,
    @ScimQuery() query: ListQuery,
    @ScimBody() body: unknown,
  ): Promise<ScimReply> {
    const { type, id, context } = await this.find(request);
    const projection = this.responder.projection(type, query);
    const written = await this.resources.replace(context, type, id, body);
    return this.responder.written(context, type, written, projection, 200);
  }

  @Patch()
  @ApiOwnChange('patchMe', 'Change what is one’s own to change', 'PatchOp')
  async patch(
    @Req() request: ScimHttpRequest,
    @ScimQuery() query: ListQuery,
    @ScimBody() body: unknown,
  ): Promise<ScimReply> {
    const { type, id, context } = await this.find(request);
    const projection = this.responder.projection(type, query);
    const written = await this.resources.patch(context, type, id, body);
    return this.responder.written(context, type, written, projection, 200);
  }

  @Post()
  @ApiNotOffered('createMe', 'Create the own resource')
  create(): never {
    throw notOffered('Nobody creates an account for themselves here');
  }

  @Delete()
  @ApiNotOffered('deleteMe', 'Delete the own resource')
  remove(): never {
    throw notOffered('Nobody deletes their own account here');
  }

  private find(request: ScimHttpRequest): Promise<Own> {
    return this.own.find(requestContext(request, this.configuration));
  }
}

function notOffered(what: string): ScimError {
  return new ScimError(501, undefined, `${what}; ask whoever provisions accounts.`);
}
