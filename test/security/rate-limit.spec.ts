import { describe, expect, it } from 'vitest';
import { startRedis } from '../support/redis.js';
import { expectError } from '../support/scim.js';
import { whyNot } from '../support/scratch.js';
import { type Service, startService } from '../support/service.js';

const KEYS = { API_KEY: 'first-key-0000001,second-key-000001' };
const get = (service: Service, key = 'first-key-0000001') =>
  service.request('GET', '/Users', { headers: { Authorization: `Bearer ${key}` } });

describe('RATE_LIMIT', () => {
  it('R-453 lets a client send so many requests, says how many are left, and holds up no other', async () => {
    const service = await startService({ ...KEYS, RATE_LIMIT: '3/h' });
    try {
      const first = await get(service);
      expect(first.headers.get('ratelimit-policy')).toBe('"client";q=3;w=3600');
      expect(first.headers.get('ratelimit')).toMatch(/^"client";r=2;t=\d+$/);
      await get(service);
      await get(service);
      const refused = await get(service);
      expectError(refused, 429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_000);
      expect((await get(service, 'second-key-000001')).status).toBe(200);
      // Probes have no key and are not counted.
      for (let i = 0; i < 5; i++) {
        const health = await service.request('GET', '/health', {
          headers: { Authorization: null },
        });
        expect(health.status).toBe(200);
      }
    } finally {
      await service.close();
    }
  });

  const reason = whyNot('redis-server');
  it.skipIf(reason !== undefined)(
    `R-453 holds over all instances with REDIS_URL, and each counts alone while Redis is away${reason === undefined ? '' : ` (${reason})`}`,
    async () => {
      const redis = await startRedis();
      const settings = { ...KEYS, RATE_LIMIT: '4/h', REDIS_URL: redis.url };
      const instances = [await startService(settings), await startService(settings)];
      const [one, two] = instances;
      if (one === undefined || two === undefined) throw new Error('two were started');
      try {
        const statuses: number[] = [];
        for (const service of [one, two, one, two, one, two])
          statuses.push((await get(service)).status);
        expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
        await redis.stop();
        expect((await get(two, 'second-key-000001')).status).toBe(200);
        const warned = () => two.log.filter(({ msg }) => String(msg).startsWith('Redis is away'));
        await expect.poll(() => warned().length).toBe(1);
      } finally {
        for (const service of instances) await service.close();
        await redis.remove();
      }
    },
  );
});
