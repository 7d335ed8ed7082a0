import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { EventsService } from '#events';
import { AnyMediaType, Public } from '../access/route-access.js';
import type { ScimReply } from '../http/reply.js';
import { Outage } from './outage.js';
import { statusContent, statusReply } from './status.js';
import { StoreProbe } from './store-probe.js';

/** Whether the service can do its work: for people, monitors and load balancers. */
@ApiTags('Operations')
@Controller('health')
export class HealthController {
  constructor(
    private readonly stores: StoreProbe,
    private readonly outage: Outage,
    private readonly events: EventsService,
  ) {}

  @Get()
  @Public()
  @AnyMediaType()
  @ApiOperation({
    operationId: 'getHealth',
    summary: 'Whether the service and its data store work',
    security: [],
  })
  @ApiResponse({
    status: 200,
    description:
      'The service works; "degraded" while events wait for a message broker that is away, or the data store takes no writes.',
    content: statusContent('OK'),
  })
  @ApiResponse({
    status: 503,
    description: 'The data store does not answer.',
    content: statusContent('Data store unavailable'),
  })
  async health(): Promise<ScimReply> {
    try {
      await this.stores.check();
      // Nothing is lost meanwhile, so that requests are still welcome here.
      const degraded = this.events.isDegraded || !(await this.takesWrites());
      return statusReply(200, degraded ? 'degraded' : 'OK');
    } catch {
      await this.outage.suspect();
      return statusReply(503, 'Data store unavailable');
    }
  }

  private async takesWrites(): Promise<boolean> {
    try {
      await this.stores.checkWrites();
      return true;
    } catch {
      await this.outage.suspect();
      return false;
    }
  }
}
