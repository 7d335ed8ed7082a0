import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { ScimError } from '#scim';
import type { ScimHttpRequest } from './client.js';
import { RATE_LIMITER, type RateLimiter } from './rate-limiter.js';

/** Holds each client to its share of requests (RATE_LIMIT). */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(@Inject(RATE_LIMITER) private readonly limiter: RateLimiter | undefined) {}

  /** @throws ScimError 429 */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const { sender: client } = http.getRequest<ScimHttpRequest>();
    if (this.limiter === undefined || client === undefined) return true;
    const { requests, seconds } = this.limiter.limit;
    const state = await this.limiter.consume(`${client.tenant} ${client.id}`);
    const reset = Math.ceil(state.left.msBeforeNext / 1000);
    // draft-ietf-httpapi-ratelimit-headers
    const response = http.getResponse<Response>();
    response.setHeader('RateLimit-Policy', `"client";q=${requests};w=${seconds}`);
    response.setHeader('RateLimit', `"client";r=${state.left.remainingPoints};t=${reset}`);
    if (state.allowed) return true;
    throw new ScimError(
      429,
      undefined,
      `This client has sent more than ${requests} requests in ${seconds} seconds; wait.`,
      { 'Retry-After': String(Math.max(1, reset)) },
    );
  }
}
