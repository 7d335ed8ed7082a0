import { Agent, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BACKEND, BackendError, MemoryBackend } from '#backend';
import type { ResourceType } from '#scim';
import { createApplication } from '../application.js';
import { readConfiguration } from '../config/configuration.js';
import { loadRegistry } from '../config/schema-files.js';
import { Lifecycle } from './lifecycle.js';
import { createLogger } from './logger.js';
import { shutDown } from './shutdown.js';

/** A store that takes its time to answer, and remembers whether it was asked after its end. */
class SlowBackend extends MemoryBackend {
  closed = false;
  misused = false;

  constructor(
    types: readonly ResourceType[],
    private readonly pause: number,
  ) {
    super(types);
  }

  override async ping(): Promise<void> {
    await delay(this.pause);
    if (this.closed) this.misused = true;
  }

  override async close(): Promise<void> {
    this.closed = true;
    await super.close();
  }
}

const configuration = readConfiguration({ API_KEY: 'k' });
const registry = loadRegistry(configuration);

async function start(backend: MemoryBackend) {
  const app = await createApplication({
    configuration,
    registry,
    logger: createLogger('silent'),
    chooseBackend: async () => ({
      module: class SlowModule {},
      providers: [{ provide: BACKEND, useValue: { open: async () => backend } }],
      exports: [BACKEND],
    }),
  });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, url: `http://127.0.0.1:${port}` };
}

describe('shutting down', () => {
  it('answers what is under way, refuses what comes later, then lets go of the store', async () => {
    const backend = new SlowBackend(registry.types, 300);
    const { app, url } = await start(backend);
    await (await fetch(`${url}/Schemas`)).text(); // leaves a connection that is kept alive
    const answer = fetch(`${url}/health`);
    await delay(100);
    const stopped = shutDown(app);
    await delay(50);
    expect(backend.closed).toBe(false);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    expect((await answer).status).toBe(200);
    // Clients keep connections for longer than a test may take: they are closed.
    await stopped;
    expect([backend.closed, backend.misused]).toEqual([true, false]);
  });

  it('R-500, R-502 tells requests on connections that were kept that it is stopping', async () => {
    const { app, url } = await start(new SlowBackend(registry.types, 0));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (path: string) =>
      new Promise<[number | undefined, string | undefined]>((resolve, reject) => {
        get(`${url}${path}`, { agent }, (answer) => {
          answer
            .resume()
            .once('end', () => resolve([answer.statusCode, answer.headers.connection]));
        }).once('error', reject);
      });
    expect(await ask('/readyz')).toEqual([200, 'keep-alive']);
    app.get(Lifecycle).onModuleDestroy();
    expect(await ask('/livez')).toEqual([200, 'close']);
    expect(await ask('/readyz')).toEqual([503, 'close']);
    await shutDown(app);
  });

  it('cuts what takes longer than the grace', async () => {
    const { app, url } = await start(new SlowBackend(registry.types, 1_500));
    const answer = fetch(`${url}/health`).then(
      () => 'answered',
      () => 'cut',
    );
    await delay(100);
    await shutDown(app, 100);
    expect(await answer).toBe('cut');
  });
});

describe('health', () => {
  it('is 503 while the store does not answer', async () => {
    class AwayBackend extends MemoryBackend {
      override ping(): Promise<void> {
        return Promise.reject(new BackendError('unavailable', 'gone'));
      }
    }
    const { app, url } = await start(new AwayBackend(registry.types));
    const answer = await fetch(`${url}/health`);
    expect([answer.status, await answer.text()]).toEqual([
      503,
      '{"status":"Data store unavailable"}',
    ]);
    await shutDown(app);
  });
});
