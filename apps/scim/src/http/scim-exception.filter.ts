import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { Response } from 'express';
import type { Logger } from 'pino';
import { BackendError } from '#backend';
import { ScimError } from '#scim';
import type { ScimHttpRequest } from '../access/client.js';
import { Audit } from '../operations/audit.js';
import { LOGGER } from '../operations/logger.js';
import { Outage } from '../operations/outage.js';
import { writeReply } from './reply.js';
import { scimErrorOf } from './scim-error-of.js';

/** What tells that somebody may not do something. */
const REFUSED: ReadonlySet<number> = new Set([401, 403, 429]);

/** Renders everything that is thrown anywhere as a SCIM error, and logs what is our fault. */
@Catch()
export class ScimExceptionFilter implements ExceptionFilter {
  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly audit: Audit,
    private readonly outage: Outage,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<ScimHttpRequest>();
    const response = http.getResponse<Response>();
    const error = scimErrorOf(thrown, request.requestId);
    request.failure = { error, thrown };
    if (REFUSED.has(error.status)) this.noteRefusal(request, error);
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

  /** Whoever was not let in is in the audit, and in the log with the address that it came from. */
  private noteRefusal(request: ScimHttpRequest, error: ScimError): void {
    const { status, scimType } = error;
    const { requestId, sender: client, ip: address } = request;
    const who = { requestId, tenant: client?.tenant, client: client?.id, address, status };
    this.logger.warn({ ...who, scimType }, 'a request was refused');
    // What was refused where it was tried is noted there.
    this.audit.note({ ...who, action: 'enter' }, error);
  }

  private log(thrown: unknown, request: ScimHttpRequest): void {
    const { requestId } = request;
    // The line of the request says why; that the store is away is said once.
    if (thrown instanceof BackendError) void this.outage.suspect(thrown);
    else if (!(thrown instanceof ScimError)) {
      this.logger.error({ requestId, err: thrown }, 'a request failed');
    }
  }
}
