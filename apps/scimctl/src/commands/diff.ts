import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { compare, type Finding } from '../compare/compare.js';
import { findingLines } from '../compare/finding-text.js';
import type { Place } from '../place/place.js';
import { CommandError, ExitCode } from '../terminal/exit-codes.js';
import { Job } from '../transfer/job.js';
import { countOf } from '../transfer/place-source.js';
import { type Context, fingerprint, optionsOf, withPlace } from './context.js';
import { typesNamed } from './types.js';

interface Options {
  readonly from: string;
  readonly to: string;
  readonly type?: string;
  readonly times: boolean;
  readonly job?: string;
}

export function diffCommand(context: Context): Command {
  return new Command('diff')
    .summary('show what two stores do not have in common')
    .description(
      'Compares two stores, resource by resource and attribute by attribute, members and times included. ' +
        'Exit code 1 if something differs.',
    )
    .requiredOption(
      '--from <env>',
      'environment file of the one store; "environment": the present one',
    )
    .requiredOption('--to <env>', 'that of the other')
    .option('--type <type>', 'only resources of this type')
    .option('--no-times', 'whatever meta.created and meta.lastModified say')
    .option('--job <file>', 'the file that copy left, where ids of the two differ')
    .addHelpText(
      'after',
      `
Examples:
  scimctl diff --from old.env --to new.env
  scimctl diff --from file.env --to jumpcloud.env --job file-jumpcloud.job --json`,
    )
    .action(async (_options, command: Command) => run(context, optionsOf<Options>(command)));
}

async function run(
  context: Context,
  options: ReturnType<typeof optionsOf<Options>>,
): Promise<void> {
  const { job: file } = options;
  if (file !== undefined && !existsSync(file))
    throw new CommandError(`There is no job file ${file}.`);
  const reading = { ...options, access: 'read' } as const;
  await withPlace(context, { ...reading, file: options.from }, (from) =>
    withPlace(context, { ...reading, file: options.to }, async (to) => {
      const job = file === undefined ? undefined : Job.open(file, copyPurpose(from, to), '');
      try {
        const count = await tellDifferences(context, { ...options, from, to, job });
        if (count > 0) context.terminal.exitCode = ExitCode.found;
        else if (!context.terminal.json) await context.terminal.line('No differences.');
      } finally {
        job?.close();
      }
    }),
  );
}

/** The same for each pair of places, so that ids of one pair are not taken for those of another. */
export function copyPurpose(from: Place, to: Place): string {
  return `copy ${fingerprint(from)} ${fingerprint(to)}`;
}

export interface DifferencesOptions {
  readonly from: Place;
  readonly to: Place;
  readonly type?: string;
  readonly times: boolean;
  /** Knows which ids belong together, where they are not the same. */
  readonly job: Job | undefined;
}

/** Tells all differences. @returns how many resources differ */
export async function tellDifferences(
  { terminal, signal }: Context,
  { from, to, type, times, job }: DifferencesOptions,
): Promise<number> {
  const types = typesNamed(from.registry, type);
  const progress = terminal.progress('compare');
  progress.start(terminal.isInteractive ? await total(from, types) : undefined);
  const translates = job !== undefined && to.backend.supports.ids === 'assigned';
  let count = 0;
  const findings = compare({
    from,
    to,
    types,
    times,
    signal,
    advance: (done) => {
      if (count === 0) progress.advance(done);
    },
    find: (names, id) => (translates ? job.target(names, id) : id),
    ...(translates ? { isKnown: (name, id) => job.isTarget(name, id) } : {}),
  });
  try {
    for await (const finding of findings) {
      // Lines of the answer and a bar do not go together.
      if (count++ === 0) progress.stop();
      for (const line of linesOf(finding)) await terminal.line(line);
    }
  } finally {
    if (count === 0) progress.stop();
  }
  return count;

  function linesOf(finding: Finding): readonly string[] {
    return terminal.json ? [JSON.stringify(finding)] : findingLines(terminal, finding);
  }
}

async function total(place: Place, types: ReturnType<typeof typesNamed>): Promise<number> {
  let sum = 0;
  for (const one of types) sum += await countOf(place.repository(one));
  return sum;
}
