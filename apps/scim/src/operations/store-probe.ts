import { Injectable } from '@nestjs/common';
import { TenantBackends } from '../composition/tenant-backends.js';

/** Time a store has to answer, in ms; probes give up after a second or a few. */
const PATIENCE = 2_000;
/** Time for which an answer holds, in ms: probes of many callers must not become as many pings. */
const FRESH = 1_000;

/** Asks the stores of all tenants whether they answer. */
@Injectable()
export class StoreProbe {
  private last: { readonly time: number; readonly outcome: Promise<void> } | undefined;

  constructor(private readonly backends: TenantBackends) {}

  /** @throws what the first store that does not answer said, or a `TimeoutError` */
  check(): Promise<void> {
    const now = performance.now();
    if (this.last === undefined || now - this.last.time >= FRESH) {
      this.last = { time: now, outcome: this.ask() };
    }
    return this.last.outcome;
  }

  private async ask(): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE);
    await Promise.all(this.backends.all().map((backend) => inTime(backend.ping(signal), signal)));
  }

  /** @throws what the first store that takes no writes said, or a `TimeoutError` */
  async checkWrites(): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE);
    const all = this.backends.all();
    await Promise.all(all.map((backend) => inTime(backend.pingWrites?.(signal), signal)));
  }
}

/** A store that ignores the signal must not keep the probe waiting. */
function inTime(answer: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([answer ?? Promise.resolve(), late]);
}
