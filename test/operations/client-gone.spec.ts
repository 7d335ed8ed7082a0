import { request } from 'node:http';
import { expect, it } from 'vitest';
import { capabilities, type ReadOptions } from '#backend';
import { startService, TEST_KEY } from '../support/service.js';

it('R-301 a client that is gone ends what the store does for it', async () => {
  let asked: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    asked = resolve;
  });
  let heard: (reason: unknown) => void = () => undefined;
  const ended = new Promise<unknown>((resolve) => {
    heard = resolve;
  });
  const get = (_id: string, { signal }: ReadOptions = {}) =>
    new Promise<undefined>((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        heard(signal.reason);
        reject(signal.reason);
      });
      asked();
    });
  const never = (): never => {
    throw new Error('not asked for');
  };
  const store = { get, scan: never, put: never, delete: never };
  const service = await startService({}, async () => ({
    supports: capabilities(),
    close: async () => undefined,
    ping: async () => undefined,
    store: () => store,
  }));
  const sent = request(`${service.url}/Users/1`, {
    headers: { Authorization: `Bearer ${TEST_KEY}` },
  });
  sent.on('error', () => undefined);
  sent.end();
  await begun;
  sent.destroy();
  expect(await ended).toMatchObject({ status: 503 });
  await service.close();
});
