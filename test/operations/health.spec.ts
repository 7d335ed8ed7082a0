import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, BackendError, capabilities, MemoryBackend } from '#backend';
import { startProcess } from '../support/process.js';
import { expectError } from '../support/scim.js';
import { startService } from '../support/service.js';

const ANONYMOUS = { headers: { Authorization: null, Accept: '*/*' } };

describe('/health', () => {
  it('says that all is well, to anybody', async () => {
    const service = await startService();
    try {
      for (const path of ['/health', '/health/', '/v2/health']) {
        const answer = await service.request('GET', path, ANONYMOUS);
        expect(answer.status, path).toBe(200);
        expect(answer.body).toEqual({ status: 'OK' });
      }
      const probe = { headers: { Authorization: 'Bearer wrong', Accept: 'text/plain' } };
      expect((await service.request('GET', '/health', probe)).status).toBe(200);
      expect((await service.request('HEAD', '/health', ANONYMOUS)).status).toBe(200);
      expectError(await service.request('POST', '/health', ANONYMOUS), 405);
    } finally {
      await service.close();
    }
  });

  it('R-015 a store that does not answer is 503, never an empty list and never a 404', async () => {
    const down = async (): Promise<never> => {
      throw new BackendError('unavailable', 'connect ECONNREFUSED db.internal:5432 as scim:pw', {
        retryAfter: 7,
      });
    };
    const scan = (): AsyncIterable<never> => ({ [Symbol.asyncIterator]: () => ({ next: down }) });
    const backend: Backend = {
      supports: capabilities(),
      close: async () => undefined,
      ping: down,
      store: () => ({ scan, get: down, put: down, delete: down }),
    };
    const service = await startService({}, async () => backend);
    try {
      const health = await service.request('GET', '/health', ANONYMOUS);
      expect(health.status).toBe(503);
      expect(health.text).not.toMatch(/ECONNREFUSED|internal/);
      for (const [method, path, body] of [
        ['GET', '/Users', undefined],
        ['GET', '/', undefined],
        ['GET', '/Users/1', undefined],
        ['GET', '/Users?filter=userName%20eq%20"x"', undefined],
        ['POST', '/Users', { userName: 'x' }],
        ['PUT', '/Users/1', { userName: 'x' }],
        ['DELETE', '/Users/1', undefined],
      ] as const) {
        const answer = await service.request(method, path, { body });
        expectError(answer, 503);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(answer.text).not.toMatch(/ECONNREFUSED|internal|scim:pw/);
      }
      expect((await service.request('GET', '/ServiceProviderConfig')).status).toBe(200);
    } finally {
      await service.close();
    }
  });

  it('R-407 a store that takes no writes is degraded, not down', async () => {
    const full = new BackendError('unavailable', 'no space left on device');
    const service = await startService({}, async (types) =>
      Object.assign(new MemoryBackend(types), { pingWrites: () => Promise.reject(full) }),
    );
    try {
      const health = await service.request('GET', '/health', ANONYMOUS);
      expect([health.status, health.text]).toEqual([200, '{"status":"degraded"}']);
      expect(service.log).toContainEqual(
        expect.objectContaining({ msg: 'the data store takes no writes' }),
      );
      expect((await service.request('GET', '/readyz', ANONYMOUS)).status).toBe(200);
    } finally {
      await service.close();
    }
  });

  it('a store that hangs does not keep the probe waiting', async () => {
    const service = await startService({}, async (types) =>
      Object.assign(new MemoryBackend(types), { ping: () => new Promise<void>(() => undefined) }),
    );
    try {
      expect((await service.request('GET', '/health', ANONYMOUS)).status).toBe(503);
    } finally {
      await service.close();
    }
  });
});

describe('/livez and /readyz', () => {
  const status = async (url: string, path: string) => (await fetch(`${url}${path}`)).status;

  it('R-500 anybody may ask them, with and without BASE_PATH', async () => {
    const service = await startService({ BASE_PATH: '/scim' });
    try {
      const { origin } = new URL(service.url);
      for (const path of ['/livez', '/readyz']) {
        expect(await status(origin, path), path).toBe(200);
        expect(await status(service.url, path), path).toBe(200);
        expect((await service.request('GET', path, ANONYMOUS)).body).toEqual({ status: 'OK' });
      }
      expect(await status(origin, '/Users')).toBe(404);
    } finally {
      await service.close();
    }
  });

  it('R-500 a store that is away is no reason to restart, but to send requests elsewhere', async () => {
    let pings = 0;
    const ping = () => {
      pings += 1;
      return Promise.reject(new BackendError('unavailable', 'db.internal refuses'));
    };
    const service = await startService({}, async (types) =>
      Object.assign(new MemoryBackend(types), { ping }),
    );
    try {
      expect(await status(service.url, '/livez')).toBe(200);
      expect(pings).toBe(0);
      const ready = await service.request('GET', '/readyz', ANONYMOUS);
      expect([ready.status, ready.text]).toEqual([503, '{"status":"Data store unavailable"}']);
      expect(pings).toBe(1);
    } finally {
      await service.close();
    }
  });
});

describe('the process', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'process-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const environment = () => ({
    HOST: '127.0.0.1',
    PORT: '0',
    API_KEY: 'process-key',
    DATA_PATH: folder,
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends in order on %s: takes nothing new, finishes what it began, keeps it',
    async (signal) => {
      const service = startProcess(environment());
      const url = await service.listening();
      const { hostname, port } = new URL(url);
      // One connection that is idle, and one in the middle of its request.
      expect((await fetch(`${url}/health`)).status).toBe(200);
      const body = JSON.stringify({ userName: `late-${signal}` });
      const socket = connect(Number(port), hostname);
      let received = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        received += chunk;
      });
      await once(socket, 'connect');
      socket.write(
        `POST /Users HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer process-key\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
      );
      await new Promise((resolve) => setTimeout(resolve, 200));
      const closed = once(socket, 'close');
      service.child.kill(signal);
      await expect.poll(() => service.output().stdout).toContain('shutting down');
      await expect
        .poll(() =>
          fetch(`${url}/health`, { headers: { Connection: 'close' } }).then(
            () => 'answers',
            () => 'refused',
          ),
        )
        .toBe('refused');
      socket.write(body.slice(5));
      await closed;
      expect(received).toMatch(/^HTTP\/1\.1 201 /);
      expect(received, 'R-502').toMatch(/\r\nconnection: close\r\n/i);
      expect(await service.ended()).toBe(0);
      expect(service.output().stderr).toBe('');
      const again = await startService({ DATA_PATH: folder });
      try {
        const answer = await again.request('GET', '/Users');
        expect(answer.text).toContain(`late-${signal}`);
      } finally {
        await again.close();
      }
    },
    60_000,
  );

  it('two of them at one port: the second says so and ends', async () => {
    const first = await startService();
    const { port } = new URL(first.url);
    const second = startProcess({ ...environment(), PORT: port, DATA_PATH: join(folder, 'other') });
    try {
      expect(await second.ended()).toBe(1);
      expect(second.output().stderr).toMatch(/PORT/);
      expect(second.output().stderr).not.toMatch(/\n\s+at /);
    } finally {
      await first.close();
    }
  }, 60_000);
});
