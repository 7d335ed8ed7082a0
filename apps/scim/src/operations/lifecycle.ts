import type { ServerResponse } from 'node:http';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';

/**
 * Knows when the service is on its way out, and sees to it that every answer from then on says
 * `Connection: close` (RFC 9112 §9.6): a client that keeps connections would send its next request
 * into one that is about to be cut.
 */
@Injectable()
export class Lifecycle implements OnModuleDestroy {
  private readonly underWay = new Set<ServerResponse>();
  private stopping = false;

  get isStopping(): boolean {
    return this.stopping;
  }

  /** Middleware for every request. */
  readonly watch = (_request: Request, response: Response, next: NextFunction): void => {
    if (this.stopping) {
      closeAfter(response);
    } else {
      this.underWay.add(response);
      response.once('close', () => this.underWay.delete(response));
    }
    next();
  };

  /** The first that Nest calls when the application closes, while the server still listens. */
  onModuleDestroy(): void {
    this.stopping = true;
    for (const response of this.underWay) closeAfter(response);
    this.underWay.clear();
  }
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
