import { Command } from 'commander';
import { CommandError, ExitCode } from '../terminal/exit-codes.js';
import { Job } from '../transfer/job.js';
import { PlaceSource } from '../transfer/place-source.js';
import { preparingOwn } from '../transfer/prepare.js';
import { transfer } from '../transfer/transfer.js';
import { type Context, fingerprint, optionsOf, withPlace } from './context.js';
import { copyPurpose, tellDifferences } from './diff.js';
import { tellSummary, writeReport } from './report.js';
import { typesNamed } from './types.js';

interface Options {
  readonly from: string;
  readonly to: string;
  readonly type?: string;
  readonly verify?: boolean;
  readonly events: boolean;
  readonly job: string;
  readonly report: string;
}

export function copyCommand(context: Context): Command {
  return new Command('copy')
    .summary('copy everything from one store to another')
    .description(
      'Makes the second store hold what the first one holds: what is missing is created, what differs is ' +
        'changed, what only the second has stays. Run again, it goes on where it was stopped. Where ' +
        'the second gives ids of its own, the job file keeps which belong together.',
    )
    .requiredOption('--from <env>', 'environment file to copy from; "environment": the present one')
    .requiredOption('--to <env>', 'environment file to copy to')
    .option('--type <type>', 'only resources of this type')
    .option('--verify', 'compare both sides afterwards, as diff does')
    .option('--no-events', 'announce nothing, also where the second has a broker')
    .option('--report <file>', 'where what is refused goes', 'scimctl-copy.refused.ndjson')
    .option('--job <file>', 'where it is kept how far it is', 'scimctl-copy.job')
    .addHelpText(
      'after',
      `
Examples:
  scimctl copy --from file.env --to postgres.env --verify
  scimctl copy --from file.env --to jumpcloud.env --job file-jumpcloud.job`,
    )
    .action(async (_options, command: Command) => run(context, optionsOf<Options>(command)));
}

async function run(
  context: Context,
  options: ReturnType<typeof optionsOf<Options>>,
): Promise<void> {
  const reading = { ...options, access: 'read', file: options.from } as const;
  const { events: announce } = options;
  const writing = { ...options, access: 'write', announce, file: options.to } as const;
  await withPlace(context, reading, (from) =>
    withPlace(context, writing, async (to) => {
      if (fingerprint(from) === fingerprint(to)) {
        throw new CommandError('Both environments name the same store.');
      }
      const job = Job.open(options.job, copyPurpose(from, to), '');
      let finished = false;
      try {
        const summary = await transfer({
          ...context,
          source: new PlaceSource(from, typesNamed(from.registry, options.type)),
          place: to,
          job,
          prepare: preparingOwn(to),
          update: true,
          dryRun: false,
        });
        await writeReport(job, options.report);
        await tellSummary(context.terminal, summary, options.report);
        if (options.verify) await verify(context, { ...options, from, to, job });
        finished = true;
      } finally {
        if (finished) job.finish(to.backend.supports.ids === 'assigned');
        else job.close();
      }
    }),
  );
}

async function verify(
  context: Context,
  options: Omit<Parameters<typeof tellDifferences>[1], 'times'>,
): Promise<void> {
  const count = await tellDifferences(context, { ...options, times: true });
  if (count > 0) context.terminal.exitCode = ExitCode.found;
  else if (!context.terminal.json) await context.terminal.line('Verified: no differences.');
}
