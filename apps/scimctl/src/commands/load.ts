import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { SampleSource } from '../sample/sample-source.js';
import { Job } from '../transfer/job.js';
import { preparingForeign } from '../transfer/prepare.js';
import { transfer } from '../transfer/transfer.js';
import { type Context, optionsOf, withPlace } from './context.js';
import { tellSummary, writeReport } from './report.js';
import { wholeNumber } from './types.js';

interface Options {
  readonly users: number;
  readonly groups: number;
  readonly seed: number;
  readonly events: boolean;
  readonly yes?: boolean;
}

const REPORT = 'scimctl-load.refused.ndjson';

export function loadCommand(context: Context): Command {
  return new Command('load')
    .summary('create sample users and groups')
    .description(
      'Creates users and groups that look like those of a university, groups within groups among ' +
        'them. The same seed makes the same ones, ids included.',
    )
    .option('--users <count>', 'how many users', wholeNumber, 100)
    .option('--groups <count>', 'how many groups', wholeNumber, 10)
    .option('--seed <number>', 'which ones', wholeNumber, 1)
    .option('--no-events', 'announce nothing, also where a broker is configured')
    .option('--yes', 'do not ask, also where there are other resources already')
    .addHelpText(
      'after',
      `
Examples:
  scimctl load --users 10000 --groups 500
  DATA_PATH=/tmp/demo scimctl load --seed 7`,
    )
    .action(async (_options, command: Command) => run(context, optionsOf<Options>(command)));
}

async function run(
  context: Context,
  options: ReturnType<typeof optionsOf<Options>>,
): Promise<void> {
  const access = { ...options, access: 'write', announce: options.events } as const;
  await withPlace(context, access, async (place) => {
    const source = new SampleSource(place.registry, options);
    const [first] = place.registry.types;
    if (first !== undefined) {
      const { total } = await place.repository(first).query({ start: { offset: 0 }, limit: 0 });
      const question = `Add sample data to the ${total} ${first.name}s in ${place.store}?`;
      if (total > 0) await context.terminal.confirm(question, options.yes === true);
    }
    const folder = mkdtempSync(join(tmpdir(), 'scimctl-'));
    const job = Job.open(join(folder, 'job'), 'load', '');
    try {
      const prepare = preparingForeign(place);
      const sum = await transfer({
        ...context,
        source,
        place,
        job,
        prepare,
        update: false,
        dryRun: false,
      });
      await writeReport(job, REPORT);
      await tellSummary(context.terminal, sum, REPORT);
    } finally {
      job.finish(false);
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
