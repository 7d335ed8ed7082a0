import { randomUUID } from 'node:crypto';
import type { NextFunction, Response } from 'express';
import type { Logger } from 'pino';
import { BackendError } from '#backend';
import type { ScimHttpRequest } from '../access/client.js';

/** Ids that a client or proxy may give to its requests: nothing that could forge a log line. */
const SANE_ID = /^[A-Za-z0-9._:/+=@-]{1,128}$/;
/** Characters of a path, and of what a client calls itself, that are logged. */
const LONGEST = 256;

/**
 * Names every request and logs one line when its answer is out. A line holds no key, no body and
 * no query: filters name people (RFC 7644 §7.5.2). That of a refusal or failure explains it.
 * @param mask takes values out of what a client was told
 */
export function requestLog(logger: Logger, mask: (detail: string) => string) {
  return (request: ScimHttpRequest, response: Response, next: NextFunction): void => {
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
    request.requestId = requestId;
    response.setHeader('X-Request-Id', requestId);
    const path = pathOf(request.originalUrl);
    const level = /\/(?:health|livez|readyz|metrics)$/.test(path) ? 'debug' : 'info';
    if (logger.isLevelEnabled(level)) {
      const start = performance.now();
      response.once('close', () => {
        const { sender: client } = request;
        const { statusCode: status } = response;
        logger[level]({
          requestId,
          method: request.method,
          path,
          status,
          ms: Math.round((performance.now() - start) * 100) / 100,
          client: client?.id,
          tenant: client?.tenant,
          ...(response.writableFinished ? {} : { aborted: true }),
          ...(status === 201 ? { id: idIn(response.getHeader('Location')) } : {}),
          ...(request.bulk === undefined ? {} : { bulk: request.bulk }),
          ...(status < 400 ? {} : explained(request, mask)),
        });
      });
    }
    next();
  };
}

/** Why a request was refused or failed, and whom to ask. */
function explained(request: ScimHttpRequest, mask: (detail: string) => string): object {
  const { error, thrown } = request.failure ?? {};
  const route: unknown = request.route?.path;
  const isOurs = thrown instanceof BackendError && error !== undefined && error.status >= 500;
  return {
    ...(typeof route === 'string' ? { route } : {}),
    ...(error?.scimType === undefined ? {} : { scimType: error.scimType }),
    ...(error === undefined ? {} : { detail: mask(error.detail) }),
    ...(isOurs ? { reason: thrown.message } : {}),
    address: request.ip,
    agent: request.headers['user-agent']?.slice(0, LONGEST),
  };
}

/** The last part of the address of what was created. */
function idIn(location: unknown): string | undefined {
  return typeof location === 'string' ? location.slice(location.lastIndexOf('/') + 1) : undefined;
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return url.slice(0, Math.min(query === -1 ? url.length : query, LONGEST));
}
