import { Controller, Get, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { EventsService } from '#events';
import type { ScimHttpRequest } from '../access/client.js';
import { KeyUse } from '../access/key-use.js';
import { AnyMediaType, Metrics } from '../access/route-access.js';
import { DEFAULT_TENANT } from '../config/values.js';
import { ApiErrors } from '../http/openapi/errors.js';
import type { ScimReply } from '../http/reply.js';
import { eventMetrics } from './event-metrics.js';
import { keyMetric } from './key-metric.js';
import { Measures } from './measures.js';
import { EXPOSITION_TYPE, printMetrics } from './metrics.js';
import { StoreCalls } from './store-calls.js';
import { StoreSizes } from './store-sizes.js';

/** What there is to watch, in Prometheus' text form. */
@ApiTags('Operations')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly events: EventsService,
    private readonly use: KeyUse,
    private readonly calls: StoreCalls,
    private readonly measures: Measures,
    private readonly sizes: StoreSizes,
  ) {}

  @Get()
  @Metrics()
  @AnyMediaType()
  @ApiOperation({ operationId: 'getMetrics', summary: 'Measures for Prometheus' })
  @ApiErrors([], [401, 403, 429, 431, 500, 503])
  @ApiResponse({
    status: 200,
    description: 'Measures in the text form of Prometheus.',
    content: { 'text/plain': { schema: { type: 'string' } } },
  })
  async metrics(@Req() request: ScimHttpRequest): Promise<ScimReply> {
    const tenant = request.sender?.tenant;
    const isOperator = tenant === undefined || tenant === DEFAULT_TENANT;
    const measures = await this.events.measure();
    const visible = isOperator ? measures : measures.filter(({ name }) => name === tenant);
    const calls = this.calls.metrics((name) => isOperator || name === tenant);
    const uses = this.use.all().filter((use) => isOperator || use.tenant === tenant);
    const sizes = await this.sizes.metric((name) => isOperator || name === tenant);
    const own = await printMetrics([...eventMetrics(visible), ...calls, keyMetric(uses), sizes]);
    return {
      status: 200,
      // What the process does as a whole is for those who run it.
      body: isOperator ? [await this.measures.print(), '\n', own] : [own],
      headers: { 'Content-Type': EXPOSITION_TYPE },
    };
  }
}
