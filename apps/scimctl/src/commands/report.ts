import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { ExitCode } from '../terminal/exit-codes.js';
import type { Terminal } from '../terminal/terminal.js';
import type { Job } from '../transfer/job.js';
import type { Summary } from '../transfer/transfer.js';

/** Writes what was refused, so that it can be mended and imported again; none if nothing was. */
export async function writeReport(job: Job, file: string): Promise<void> {
  if (job.refusedCount === 0) return;
  const stream = createWriteStream(file, { mode: 0o600 });
  for (const line of job.refusals()) {
    if (!stream.write(`${line}\n`)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');
}

/** Tells what a transfer came to, and sets the exit code. */
export async function tellSummary(
  terminal: Terminal,
  summary: Summary,
  report: string,
  more: object = {},
): Promise<void> {
  const { created, updated, unchanged, resumed, refused, elementsAdded, elementsRemoved } = summary;
  const lines = [
    `${created} created, ${updated} updated, ${unchanged} unchanged, ${refused} refused`,
    `${elementsAdded} members added, ${elementsRemoved} removed`,
    ...(resumed > 0 ? [`${resumed} were done by an earlier run`] : []),
    ...(refused > 0 ? [`What was refused, and why: ${report}`] : []),
  ];
  const answer = { ...summary, ...(refused > 0 ? { report } : {}), ...more };
  await terminal.answer(answer, lines);
  if (refused > 0) terminal.exitCode = ExitCode.found;
}
