import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Backend, MemoryConnector } from '#backend';
import { TenantBackends } from '../composition/tenant-backends.js';
import { StoreProbe } from './store-probe.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('R-458 many probes within a second are one question to the store, and each second asks anew', async () => {
  const open = await new MemoryConnector().open([]);
  const asked = { reads: 0, writes: 0 };
  const backend: Backend = Object.assign(Object.create(open) as Backend, {
    ping: async () => void asked.reads++,
    pingWrites: async () => void asked.writes++,
  });
  const backends = new TenantBackends(new Map([['default', { open: async () => backend }]]));
  await backends.open([]);
  const probe = new StoreProbe(backends);
  const ask = () => Promise.all([probe.check(), probe.checkWrites()]);
  await Promise.all(Array.from({ length: 50 }, ask));
  vi.advanceTimersByTime(999);
  await ask();
  expect(asked).toEqual({ reads: 1, writes: 1 });
  vi.advanceTimersByTime(1);
  await ask();
  expect(asked).toEqual({ reads: 2, writes: 2 });
});
