import type { ObservedCall } from '#upstream-http';
import type { Metric } from './metrics.js';

/** Calls of one kind and outcome. */
interface Tally {
  readonly tenant: string;
  readonly labels: Readonly<Record<string, string>>;
  calls: number;
  repeats: number;
  seconds: number;
}

/** What was asked of stores behind an API since the start: by kind of call, never by resource. */
export class StoreCalls {
  private readonly tallies = new Map<string, Tally>();

  /** Notes a call of a tenant's store. */
  note(tenant: string, { method, route, status, attempts, milliseconds }: ObservedCall): void {
    const labels = { tenant, method, route, status: String(status ?? 'none') };
    const key = JSON.stringify(labels);
    const tally = this.tallies.get(key) ?? { tenant, labels, calls: 0, repeats: 0, seconds: 0 };
    tally.calls += 1;
    tally.repeats += Math.max(0, attempts - 1);
    tally.seconds += milliseconds / 1000;
    this.tallies.set(key, tally);
  }

  /** @param visible whether the calls of a tenant may be told */
  metrics(visible: (tenant: string) => boolean): readonly Metric[] {
    const tallies = [...this.tallies.values()].filter(({ tenant }) => visible(tenant));
    const metric = (name: string, help: string, read: (tally: Tally) => number): Metric => ({
      name: `scim_store_${name}`,
      kind: 'counter',
      help,
      values: tallies.map((tally) => ({ labels: tally.labels, value: read(tally) })),
    });
    return [
      metric(
        'calls_total',
        'Calls of the API of the store, by their last status.',
        ({ calls }) => calls,
      ),
      metric('repeats_total', 'Requests that were sent again.', ({ repeats }) => repeats),
      metric(
        'call_seconds_total',
        'Time that calls took, repeats and waiting included.',
        ({ seconds }) => seconds,
      ),
    ];
  }
}
