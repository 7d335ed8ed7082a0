import type { Figures } from './measure.js';

/** Prints the figures as a Markdown table. */
export function printTable(rows: readonly Figures[]): void {
  console.log('| operation | CPU µs | empty route µs | ratio | p50 ms | p99 ms |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  for (const { name, cpu, emptyCpu, ratio, p50, p99 } of rows) {
    const cells = [
      cpu.toFixed(0),
      emptyCpu.toFixed(0),
      ratio.toFixed(2),
      p50.toFixed(2),
      p99.toFixed(2),
    ];
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}
