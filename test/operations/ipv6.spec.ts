import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { hasBroker, startBroker } from '../../libs/events/src/testing/broker.js';
import { eventually, takeAll } from '../../libs/events/src/testing/consumer.js';
import { startRedis } from '../support/redis.js';
import { create, read } from '../support/scim.js';
import { whyNot } from '../support/scratch.js';
import { startService } from '../support/service.js';
import { TEST_STORES } from '../support/stores/list.js';

/** Every kind of server, once; a replica set tells its drivers other addresses than the one given. */
const NAMES = ['postgres', 'mariadb', 'mongo-standalone', 'ldap', 'jumpcloud', 'scim'];
const ADDRESS = /(?:127\.0\.0\.1|localhost):(\d+)/g;

/** Listens on the IPv6 loopback address for what listens on the other one. */
class IPv6Lines {
  private readonly closing: (() => Promise<void>)[] = [];

  /** The same address by an IPv6 literal. */
  async to(address: string): Promise<string> {
    const ports = [...address.matchAll(ADDRESS)].map(([, port]) => Number(port));
    const lines = new Map<string, number>();
    for (const port of ports) lines.set(String(port), await this.listen(port));
    return address.replace(ADDRESS, (_, port: string) => `[::1]:${lines.get(port)}`);
  }

  async close(): Promise<void> {
    for (const close of this.closing) await close();
  }

  private async listen(port: number): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((from) => {
      const to = connect(port, '127.0.0.1');
      for (const [socket, other] of [
        [from, to],
        [to, from],
      ] as const) {
        sockets.add(socket);
        socket.on('error', () => other.destroy()).on('close', () => other.destroy());
        socket.pipe(other);
      }
    }).listen(0, '::1');
    await once(server, 'listening');
    this.closing.push(async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    });
    return (server.address() as AddressInfo).port;
  }
}

describe.each(TEST_STORES.filter(({ name }) => NAMES.includes(name)))('$name', (kind) => {
  it.skipIf(whyNot(...kind.programs) !== undefined)(
    'R-510 is reached by an IPv6 literal',
    async () => {
      const store = await kind.start();
      const lines = new IPv6Lines();
      try {
        const env: Record<string, string> = {};
        for (const [name, value] of Object.entries(store.env)) env[name] = await lines.to(value);
        expect(env).not.toEqual(store.env);
        const service = await startService(env);
        try {
          const { id } = await create(service, '/Users', { userName: 'ipv6' });
          expect(await read(service, `/Users/${id}`)).toMatchObject({ userName: 'ipv6' });
        } finally {
          await service.close();
        }
      } finally {
        await lines.close();
        await store.remove();
      }
    },
  );
});

it.skipIf(!hasBroker)('R-510 RabbitMQ is reached by an IPv6 literal', async () => {
  const broker = await startBroker();
  const lines = new IPv6Lines();
  try {
    const service = await startService({ AMQP: await lines.to(broker.url), QUEUE: 'ipv6' });
    try {
      const { id } = await create(service, '/Users', { userName: 'ipv6' });
      const ids: unknown[] = [];
      await eventually(async () => {
        for (const { json } of await takeAll(broker.url, 'ipv6')) ids.push(json.resource.id);
        return ids.length > 0;
      });
      expect(ids).toEqual([id]);
    } finally {
      await service.close();
    }
  } finally {
    await lines.close();
    await broker.remove();
  }
});

it.skipIf(whyNot('redis-server') !== undefined)(
  'R-510 Redis is reached by an IPv6 literal',
  async () => {
    const redis = await startRedis();
    const lines = new IPv6Lines();
    try {
      const limits = { RATE_LIMIT: '1/h', REDIS_URL: await lines.to(redis.url) };
      const service = await startService(limits);
      try {
        expect((await service.request('GET', '/Users')).status).toBe(200);
        expect((await service.request('GET', '/Users')).status).toBe(429);
        const health = await fetch(`${service.url}/health`);
        expect(await health.json()).toMatchObject({ status: 'OK' });
      } finally {
        await service.close();
      }
    } finally {
      await lines.close();
      await redis.remove();
    }
  },
);
