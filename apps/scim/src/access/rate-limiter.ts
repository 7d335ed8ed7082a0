import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimit } from '../config/rate-limit.js';

/** Injection token of the `RateLimiter`; undefined without RATE_LIMIT. */
export const RATE_LIMITER = Symbol('RATE_LIMITER');

/** Time that Redis has to answer before this process counts alone, in ms. */
const PATIENCE = 500;

/** Counts requests by client: in this process, or in Redis for all instances together. */
export class RateLimiter {
  private readonly redis: Redis | undefined;
  private readonly counter: RateLimiterMemory | RateLimiterRedis;

  constructor(
    readonly limit: RateLimit,
    redisUrl: string | undefined,
    logger: Logger,
  ) {
    const options = { keyPrefix: 'scim:rate', points: limit.requests, duration: limit.seconds };
    const alone = new RateLimiterMemory(options);
    if (redisUrl === undefined) {
      this.counter = alone;
      return;
    }
    this.redis = connect(redisUrl, logger);
    this.counter = new RateLimiterRedis({
      ...options,
      storeClient: this.redis,
      insuranceLimiter: alone,
      rejectIfRedisNotReady: true,
    });
  }

  async consume(client: string): Promise<{ allowed: boolean; left: RateLimiterRes }> {
    try {
      return { allowed: true, left: await this.counter.consume(client) };
    } catch (error) {
      if (error instanceof RateLimiterRes) return { allowed: false, left: error };
      throw error;
    }
  }

  onApplicationShutdown(): void {
    this.redis?.disconnect();
  }
}

/** One line when Redis goes away and one when it is back; requests never wait for it. */
function connect(url: string, logger: Logger): Redis {
  const redis = new Redis(url, {
    commandTimeout: PATIENCE,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
  });
  let away = false;
  redis.on('error', (error: Error) => {
    if (away) return;
    away = true;
    logger.warn({ err: error }, 'Redis is away: each instance counts requests for itself');
  });
  redis.on('ready', () => {
    if (away) logger.info('Redis is back: instances count requests together');
    away = false;
  });
  return redis;
}
