import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { AnyMediaType, Public } from '../access/route-access.js';
import type { ScimReply } from '../http/reply.js';
import { Lifecycle } from './lifecycle.js';
import { statusContent, statusReply } from './status.js';
import { StoreProbe } from './store-probe.js';

/** The two questions of Kubernetes: restart this process, or only send it no requests? */
@ApiTags('Operations')
@Controller()
export class ProbesController {
  constructor(
    private readonly stores: StoreProbe,
    private readonly lifecycle: Lifecycle,
  ) {}

  /** No I/O: a restart mends no store, and a slow one must not cause it. */
  @Get('livez')
  @Public()
  @AnyMediaType()
  @ApiOperation({
    operationId: 'getLiveness',
    summary: 'Whether the process answers at all',
    security: [],
  })
  @ApiResponse({ status: 200, description: 'It does.', content: statusContent('OK') })
  livez(): ScimReply {
    return statusReply(200, 'OK');
  }

  @Get('readyz')
  @Public()
  @AnyMediaType()
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Whether requests should be sent here',
    security: [],
  })
  @ApiResponse({ status: 200, description: 'They should.', content: statusContent('OK') })
  @ApiResponse({
    status: 503,
    description: 'The data store does not answer, or the service is stopping.',
    content: statusContent('stopping'),
  })
  async readyz(): Promise<ScimReply> {
    if (this.lifecycle.isStopping) return statusReply(503, 'stopping');
    try {
      await this.stores.check();
      return statusReply(200, 'OK');
    } catch {
      return statusReply(503, 'Data store unavailable'); // /health tells the log why
    }
  }
}
