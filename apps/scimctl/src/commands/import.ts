import { statSync } from 'node:fs';
import { Command } from 'commander';
import { CommandError } from '../terminal/exit-codes.js';
import { Job } from '../transfer/job.js';
import { NdjsonSource } from '../transfer/ndjson-source.js';
import { preparingForeign } from '../transfer/prepare.js';
import { transfer } from '../transfer/transfer.js';
import { type Context, fingerprint, optionsOf, withPlace } from './context.js';
import { tellSummary, writeReport } from './report.js';
import { typesNamed } from './types.js';

interface Options {
  readonly type?: string;
  readonly update?: boolean;
  readonly dryRun?: boolean;
  readonly events: boolean;
  readonly job?: string;
  readonly report?: string;
}

export function importCommand(context: Context): Command {
  return new Command('import')
    .summary('read resources from NDJSON')
    .description(
      'Reads resources from NDJSON, one a line in any order. Ids and times are kept where the store ' +
        'allows it. What is there already and the same is passed over; run again, it goes on where it ' +
        'was stopped.',
    )
    .argument('<file>', 'what export wrote, or a report of what was refused')
    .option('--type <type>', 'type of every line, for lines that do not say their own')
    .option('--update', 'change what is there already')
    .option('--dry-run', 'find out, write nothing')
    .option('--no-events', 'announce nothing, also where a broker is configured')
    .option('--report <file>', 'where what is refused goes (default: <file>.refused.ndjson)')
    .option('--job <file>', 'where it is kept how far it is (default: <file>.job)')
    .addHelpText(
      'after',
      `
Examples:
  scimctl import everything.ndjson --dry-run
  scimctl import everything.ndjson
  scimctl import everything.ndjson.refused.ndjson    (once mended)`,
    )
    .action(async (file: string, _options, command: Command) =>
      run(context, file, optionsOf<Options>(command)),
    );
}

async function run(context: Context, file: string, options: ReturnType<typeof optionsOf<Options>>) {
  const edition = editionOf(file);
  const { dryRun = false, update = false } = options;
  const access = {
    ...options,
    access: dryRun ? 'read' : 'write',
    announce: options.events,
  } as const;
  await withPlace(context, access, async (place) => {
    const only =
      options.type === undefined ? undefined : typesNamed(place.registry, options.type)[0];
    const source = new NdjsonSource(file, place.registry, only);
    const purpose = `import ${fingerprint(place)}${dryRun ? ' dry' : ''}`;
    const job = Job.open(options.job ?? `${file}.${dryRun ? 'dry-run' : 'job'}`, purpose, edition);
    const report = options.report ?? `${file}.refused.ndjson`;
    let finished = false;
    try {
      const prepare = preparingForeign(place);
      const summary = await transfer({ ...context, source, place, job, prepare, update, dryRun });
      finished = true;
      await writeReport(job, report);
      await tellSummary(context.terminal, summary, report, { dryRun });
    } finally {
      // The ids that an own numbering gave are needed again.
      if (finished) job.finish(place.backend.supports.ids === 'assigned' && !dryRun);
      else job.close();
    }
  });
}

/** Another state of the file is another file. */
function editionOf(file: string): string {
  try {
    const { size, mtimeMs } = statSync(file);
    return `${size} ${mtimeMs}`;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`The file cannot be read: ${why}.`);
  }
}
