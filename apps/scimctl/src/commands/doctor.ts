import { Command } from 'commander';
import type { Check, Finding } from '../doctor/check.js';
import { dangling, reverse, secrets, unique } from '../doctor/resources.js';
import { broker, files, outbox, store } from '../doctor/surroundings.js';
import { OWN, readEnvironment } from '../place/environment.js';
import { openPlace, type Place } from '../place/place.js';
import { ExitCode } from '../terminal/exit-codes.js';
import { describeFailure } from '../terminal/failure.js';
import { refusalOf } from '../transfer/refusal.js';
import { type Context, optionsOf } from './context.js';

interface Options {
  readonly fix?: boolean;
  readonly dryRun?: boolean;
}

const CHECKS: readonly Check[] = [store, broker, outbox, files, unique, dangling, reverse, secrets];

export function doctorCommand(context: Context): Command {
  return new Command('doctor')
    .summary('find out what is wrong, and what to do about it')
    .description(
      'Checks the configuration, the store, the broker, events that wait, rights of files, and all ' +
        'resources: values that are not unique, members that do not exist, groups of users that do not ' +
        'agree with members, passwords in clear, records that cannot be read. Exit code 1 if something ' +
        'is wrong.',
    )
    .option('--fix', 'mend what is safe to mend; with flat files, stop the service first')
    .option('--dry-run', 'with --fix: tell what it would mend')
    .addHelpText('after', '\nExamples:\n  scimctl doctor\n  scimctl doctor --fix --dry-run')
    .action(async (_options, command: Command) => run(context, optionsOf<Options>(command)));
}

async function run(
  context: Context,
  options: ReturnType<typeof optionsOf<Options>>,
): Promise<void> {
  const { terminal } = context;
  const findings: Finding[] = [];
  const mends = options.fix === true && options.dryRun !== true;
  let count = 0;
  let left = 0;
  const tell = async (finding: Finding) => {
    count++;
    const { fix, ...rest } = finding;
    const mended = mends && fix !== undefined ? await attempt(fix) : undefined;
    const done = mended?.done;
    if (done === undefined) left++;
    const state =
      done === undefined
        ? { fixable: fix !== undefined, ...(mended === undefined ? {} : { failed: mended.failed }) }
        : { fixed: done };
    const would = options.fix === true && fix !== undefined ? 'would be mended' : finding.advice;
    const outcome = done ?? (mended === undefined ? would : `not mended: ${mended.failed}`);
    const mark = terminal.paint(done === undefined ? 'red' : 'green', finding.check);
    await terminal.answer({ ...rest, ...state }, [
      `${mark}  ${finding.what}: ${finding.problem}`,
      `    ${outcome}`,
    ]);
  };
  const place = await open(context, options, mends, findings);
  try {
    for (const finding of findings) await tell(finding);
    if (place !== undefined) {
      for (const check of CHECKS) {
        for await (const finding of check(place, context.signal)) await tell(finding);
      }
    }
  } finally {
    await place?.close();
  }
  if (!terminal.json)
    await terminal.line(count === 0 ? 'Nothing is wrong.' : `${count} found, ${left} left`);
  if (left > 0 && terminal.exitCode === ExitCode.done) terminal.exitCode = ExitCode.found;
}

/** @throws what says nothing of the resource: a store that is away */
async function attempt(fix: () => Promise<string>): Promise<{ done?: string; failed?: string }> {
  try {
    return { done: await fix() };
  } catch (error) {
    return { failed: refusalOf(error).message };
  }
}

/** Opens the place; what keeps it from being opened, and what its store reports, are findings. */
async function open(
  { terminal }: Context,
  options: ReturnType<typeof optionsOf<Options>>,
  mends: boolean,
  findings: Finding[],
): Promise<Place | undefined> {
  try {
    return await openPlace({
      environment: readEnvironment(options.env ?? OWN),
      tenant: options.tenant,
      access: mends ? 'write' : 'read',
      warn: (problem) => {
        const advice = 'mend the record, or remove it';
        findings.push({ check: 'store', what: 'the store reports', problem, advice });
      },
    });
  } catch (error) {
    const { code, message, exitCode } = describeFailure(error);
    if (exitCode === ExitCode.defect) throw error;
    const check = code === 'configuration' ? 'configuration' : 'store';
    const advice = 'nothing else can be checked until this is mended';
    findings.push({
      check,
      what: check === 'store' ? 'the store' : 'the environment',
      problem: message,
      advice,
    });
    terminal.exitCode = exitCode;
    return undefined;
  }
}
