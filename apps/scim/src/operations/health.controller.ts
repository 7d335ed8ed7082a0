import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Logger } from 'pino';
import type { Backend } from '#backend';
import { EventsService } from '#events';
import { AnyMediaType, Public } from '../access/route-access.js';
import { TenantBackends } from '../composition/tenant-backends.js';
import type { ScimReply } from '../http/reply.js';
import { LOGGER } from './logger.js';

/** Time a store has to answer, in ms; probes give up after a second or a few. */
const PATIENCE = 2_000;
const JSON_TYPE = { 'Content-Type': 'application/json' };

const state = (status: string) => ({
  'application/json': {
    schema: { type: 'object', properties: { status: { type: 'string' } }, required: ['status'] },
    example: { status },
  },
});

/** Whether the service can do its work: for probes and load balancers. */
@ApiTags('Operations')
@Controller('health')
export class HealthController {
  constructor(
    private readonly backends: TenantBackends,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly events: EventsService,
  ) {}

  @Get()
  @Public()
  @AnyMediaType()
  @ApiOperation({ summary: 'Whether the service and its data store work', security: [] })
  @ApiResponse({
    status: 200,
    description:
      'The service works; "degraded" while events wait for a message broker that is away.',
    content: state('OK'),
  })
  @ApiResponse({
    status: 503,
    description: 'The data store does not answer.',
    content: state('Data store unavailable'),
  })
  async health(): Promise<ScimReply> {
    const signal = AbortSignal.timeout(PATIENCE);
    try {
      await Promise.all(this.backends.all().map((backend) => ping(backend, signal)));
      // Nothing is lost meanwhile, so that requests are still welcome here.
      const status = this.events.isDegraded ? 'degraded' : 'OK';
      return { status: 200, body: { status }, headers: JSON_TYPE };
    } catch (error) {
      this.logger.warn({ err: error }, 'the data store does not answer');
      return { status: 503, body: { status: 'Data store unavailable' }, headers: JSON_TYPE };
    }
  }
}

/** A store that ignores the signal must not keep the probe waiting. */
function ping(backend: Backend, signal: AbortSignal): Promise<void> {
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([backend.ping(signal), late]);
}
