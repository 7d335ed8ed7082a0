import { Injectable } from '@nestjs/common';
import type { Backend } from '#backend';
import { TenantBackends } from '../composition/tenant-backends.js';

/** Time a store has to answer, in ms; probes give up after a second or a few. */
const PATIENCE = 2_000;
/** Time for which an answer holds, in ms: probes of many callers must not become as many pings. */
const FRESH = 1_000;

/** An answer, and when it was asked for. */
interface Outcome {
  readonly time: number;
  readonly outcome: Promise<void>;
}

/** Asks the stores of all tenants whether they answer, and whether they take writes. */
@Injectable()
export class StoreProbe {
  private reads: Outcome | undefined;
  private writes: Outcome | undefined;

  constructor(private readonly backends: TenantBackends) {}

  /** @throws what the first store that does not answer said, or a `TimeoutError` */
  check(): Promise<void> {
    this.reads = fresh(this.reads, () => this.ask((backend, signal) => backend.ping(signal)));
    return this.reads.outcome;
  }

  /** @throws what the first store that takes no writes said, or a `TimeoutError` */
  checkWrites(): Promise<void> {
    this.writes = fresh(this.writes, () =>
      this.ask((backend, signal) => backend.pingWrites?.(signal)),
    );
    return this.writes.outcome;
  }

  private async ask(
    question: (backend: Backend, signal: AbortSignal) => Promise<void> | undefined,
  ): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE);
    const all = this.backends.all();
    await Promise.all(all.map((backend) => inTime(question(backend, signal), signal)));
  }
}

function fresh(last: Outcome | undefined, ask: () => Promise<void>): Outcome {
  const time = performance.now();
  if (last !== undefined && time - last.time < FRESH) return last;
  return { time, outcome: ask() };
}

/** A store that ignores the signal must not keep the probe waiting. */
function inTime(answer: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([answer ?? Promise.resolve(), late]);
}
