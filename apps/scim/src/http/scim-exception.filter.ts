import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { Response } from 'express';
import type { Logger } from 'pino';
import { BackendError } from '#backend';
import type { ScimHttpRequest } from '../access/client.js';
import { LOGGER } from '../operations/logger.js';
import { writeReply } from './reply.js';
import { scimErrorOf } from './scim-error-of.js';

/** Renders everything that is thrown anywhere as a SCIM error, and logs what is our fault. */
@Catch()
export class ScimExceptionFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<ScimHttpRequest>();
    const response = http.getResponse<Response>();
    const error = scimErrorOf(thrown, request.requestId);
    if (error.status >= 500 && error.status !== 501) this.log(thrown, request);
    if (response.headersSent) {
      // Half an answer cannot be taken back; cutting it keeps it from looking whole.
      response.destroy();
      return;
    }
    writeReply(response, {
      status: error.status,
      body: error.toJSON(),
      headers: error.headers,
    });
  }

  private log(thrown: unknown, request: ScimHttpRequest): void {
    const { requestId } = request;
    if (thrown instanceof BackendError) {
      this.logger.warn({ requestId, err: thrown }, 'the backend is unavailable');
      return;
    }
    this.logger.error({ requestId, err: thrown }, 'a request failed');
  }
}
