import type { Figures } from './measure.js';

/** Prints the figures as a Markdown table. */
export function printTable(rows: readonly Figures[]): void {
  const hasStore = rows.some(({ storeCpu }) => storeCpu !== undefined);
  const heads = ['CPU µs', ...(hasStore ? ['store CPU µs'] : []), 'empty route µs'];
  const all = [...heads, 'ratio', 'p50 ms', 'p99 ms'];
  console.log(`| operation | ${all.join(' | ')} |`);
  console.log(`| --- | ${all.map(() => '---:').join(' | ')} |`);
  for (const { name, cpu, storeCpu, emptyCpu, ratio, p50, p99 } of rows) {
    const cells = [
      cpu.toFixed(0),
      ...(storeCpu === undefined ? [] : [storeCpu.toFixed(0)]),
      emptyCpu.toFixed(0),
      ratio.toFixed(2),
      p50.toFixed(2),
      p99.toFixed(2),
    ];
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}
