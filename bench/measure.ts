import type { LoadClient } from './load.js';
import { type Operation, operations } from './operations.js';
import type { Seed } from './seed.js';
import type { ServerProcess } from './server-process.js';

export interface Side {
  readonly service: ServerProcess;
  readonly client: LoadClient;
  /** CPU time so far of what serves the service from processes of its own, microseconds. */
  readonly storeCpu?: (() => number) | undefined;
}

/** Figures of one operation: medians over the rounds. */
export interface Figures {
  readonly name: string;
  /** CPU time of the service for one call, microseconds. */
  readonly cpu: number;
  /** CPU time of the store's own processes for one call, microseconds. */
  readonly storeCpu: number | undefined;
  /** CPU time of the empty route that returns the same bytes, microseconds. */
  readonly emptyCpu: number;
  /** Median of the pairwise ratios of slices that ran one after the other. */
  readonly ratio: number;
  /** Milliseconds a client waits, median and 99th percentile. */
  readonly p50: number;
  readonly p99: number;
}

interface Options {
  readonly rounds: number;
  /** Part of the names to run; empty runs all. */
  readonly only: string;
}

/** Runs every operation in alternating slices on both sides. */
export async function measure(
  ours: Side,
  empty: Side,
  seed: Seed,
  { rounds, only }: Options,
): Promise<readonly Figures[]> {
  const names = operations(seed, 'x')
    .map(({ name }) => name)
    .filter((name) => name.includes(only));
  const slices = new Map(names.map((name) => [name, [] as Slice[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const operation of operations(seed, `r${round}`)) {
      const slice = slices.get(operation.name);
      if (slice === undefined) continue;
      const measured = await runSlice(ours, empty, operation, round);
      if (round > 0) slice.push(measured); // the first round warms up
    }
  }
  const hasStoreCpu = ours.storeCpu !== undefined;
  return names.map((name) => figures(name, slices.get(name) ?? [], hasStoreCpu));
}

interface Slice {
  readonly cpu: number;
  readonly storeCpu: number;
  readonly emptyCpu: number;
  readonly times: readonly number[];
}

async function runSlice(ours: Side, empty: Side, operation: Operation, round: number) {
  const base = round * 1_000_003;
  const { body } = await ours.client.must(operation.call(base));
  await empty.client.must({ method: 'POST', path: '/bytes', body });
  const call = (index: number) => operation.call(base + 1 + index);
  const ourCpu = ours.service.cpuMicroseconds();
  const ourStoreCpu = ours.storeCpu?.() ?? 0;
  const times = await ours.client.run(operation.slice, call);
  const cpu = (ours.service.cpuMicroseconds() - ourCpu) / times.length;
  const storeCpu = ((ours.storeCpu?.() ?? 0) - ourStoreCpu) / times.length;
  const theirCpu = empty.service.cpuMicroseconds();
  const empties = await empty.client.run(operation.slice, (index) => ({
    ...call(index),
    path: '/empty',
  }));
  const emptyCpu = (empty.service.cpuMicroseconds() - theirCpu) / empties.length;
  return { cpu, storeCpu, emptyCpu, times };
}

function figures(name: string, slices: readonly Slice[], hasStoreCpu: boolean): Figures {
  const times = slices.flatMap((slice) => slice.times);
  return {
    name,
    cpu: quantile(
      slices.map((slice) => slice.cpu),
      0.5,
    ),
    storeCpu: hasStoreCpu
      ? quantile(
          slices.map((slice) => slice.storeCpu),
          0.5,
        )
      : undefined,
    emptyCpu: quantile(
      slices.map((slice) => slice.emptyCpu),
      0.5,
    ),
    ratio: quantile(
      slices.map((slice) => slice.cpu / slice.emptyCpu),
      0.5,
    ),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  };
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
