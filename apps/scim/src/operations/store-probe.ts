import { Injectable } from '@nestjs/common';
import type { Backend } from '#backend';
import { TenantBackends } from '../composition/tenant-backends.js';

/** Time a store has to answer, in ms; probes give up after a second or a few. */
const PATIENCE = 2_000;

/** Asks the stores of all tenants whether they answer. */
@Injectable()
export class StoreProbe {
  constructor(private readonly backends: TenantBackends) {}

  /** @throws what the first store that does not answer said, or a `TimeoutError` */
  async check(): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE);
    await Promise.all(this.backends.all().map((backend) => ping(backend, signal)));
  }
}

/** A store that ignores the signal must not keep the probe waiting. */
function ping(backend: Backend, signal: AbortSignal): Promise<void> {
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([backend.ping(signal), late]);
}
