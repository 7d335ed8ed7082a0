import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { ScimError } from '#scim';
import { SCIM_MEDIA_TYPE } from './reply.js';

const REASONS: Readonly<Record<string, ScimError>> = {
  HPE_HEADER_OVERFLOW: new ScimError(431, undefined, 'The headers, or the URL, are too long.'),
  ERR_HTTP_REQUEST_TIMEOUT: new ScimError(408, undefined, 'The request took too long to arrive.'),
};
const BROKEN = new ScimError(400, undefined, 'This is not a request of HTTP/1.1.');

const NAMES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Answers what Node cannot even parse as HTTP with a SCIM error too (RFC 7644 §3.12). */
export function answerBrokenRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const answer = REASONS[error.code ?? ''] ?? BROKEN;
    const body = JSON.stringify(answer);
    socket.end(
      `HTTP/1.1 ${answer.status} ${NAMES[answer.status]}\r\nConnection: close\r\n` +
        `Content-Type: ${SCIM_MEDIA_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
}
