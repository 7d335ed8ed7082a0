import { randomUUID } from 'node:crypto';
import type { NextFunction, Response } from 'express';
import type { Logger } from 'pino';
import type { ScimHttpRequest } from '../access/client.js';

/** Ids that a client or proxy may give to its requests: nothing that could forge a log line. */
const SANE_ID = /^[A-Za-z0-9._:/+=@-]{1,128}$/;
/** Characters of a path that are logged; an endless one tells nothing more. */
const LONGEST_PATH = 256;

/**
 * Names every request and logs one line when its answer is out. A line holds no key, no body and
 * no query: filters name people (RFC 7644 §7.5.2).
 */
export function requestLog(logger: Logger) {
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
        logger[level]({
          requestId,
          method: request.method,
          path,
          status: response.statusCode,
          ms: Math.round((performance.now() - start) * 100) / 100,
          client: client?.id,
          tenant: client?.tenant,
          ...(response.writableFinished ? {} : { aborted: true }),
        });
      });
    }
    next();
  };
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return url.slice(0, Math.min(query === -1 ? url.length : query, LONGEST_PATH));
}
