import { Controller, Inject, Post, Req } from '@nestjs/common';
import { ScimError } from '#scim';
import type { ScimHttpRequest } from '../access/client.js';
import { ReadAccess } from '../access/route-access.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { ScimBody } from '../http/body.pipe.js';
import { ApiScimBulk } from '../http/openapi/resource.decorators.js';
import type { ScimReply } from '../http/reply.js';
import { requestContext } from '../resources/request-context.js';
import { BulkService } from './bulk.service.js';
import { inShort } from './in-short.js';

/** Many operations in one request (RFC 7644 §3.7). */
@Controller('Bulk')
export class BulkController {
  constructor(
    private readonly bulk: BulkService,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /** Rights are judged operation by operation. */
  @Post()
  @ApiScimBulk()
  @ReadAccess()
  async run(@Req() request: ScimHttpRequest, @ScimBody('bulk') body: unknown): Promise<ScimReply> {
    if (this.configuration.bulkMaxOperations === 0) {
      throw new ScimError(501, undefined, 'Bulk requests are switched off on this server.');
    }
    const context = requestContext(request, this.configuration);
    const answer = await this.bulk.run(context, body, request.requestId ?? '');
    request.bulk = inShort(answer);
    return { status: 200, body: answer };
  }
}
