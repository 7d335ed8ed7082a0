import completions from '@bomb.sh/tab/commander';
import { Command, CommanderError } from 'commander';
import { packageVersion } from '../../scim/src/config/package-root.js';
import type { Context } from './commands/context.js';
import { copyCommand } from './commands/copy.js';
import { diffCommand } from './commands/diff.js';
import { doctorCommand } from './commands/doctor.js';
import { exportCommand } from './commands/export.js';
import { filterCommand } from './commands/filter.js';
import { importCommand } from './commands/import.js';
import { keyCommand } from './commands/key.js';
import { loadCommand } from './commands/load.js';
import { schemaCommand } from './commands/schema.js';
import { tenantCommand } from './commands/tenant.js';
import { ExitCode } from './terminal/exit-codes.js';
import { describeFailure } from './terminal/failure.js';

const COMMANDS = [
  doctorCommand,
  exportCommand,
  importCommand,
  copyCommand,
  diffCommand,
  filterCommand,
  schemaCommand,
  keyCommand,
  tenantCommand,
  loadCommand,
];

const AFTER = `
It reads the environment variables of the service, and keeps resources by the same code.

Exit codes:
  0    done, nothing wrong
  1    ran to its end, but something was refused, differs or is wrong
  2    the command line, the configuration or a file is wrong
  3    the store or broker does not answer; run it again to go on
  70   a defect of scimctl
  129, 130, 143  stopped by SIGHUP, SIGINT (Ctrl-C), SIGTERM; run it again to go on

Examples:
  scimctl export --output users.ndjson
  scimctl --env production.env import users.ndjson
  scimctl copy --from old.env --to new.env --verify`;

/**
 * Runs what the arguments say, and tells what fails.
 * @returns the exit code
 */
export async function runProgram(args: readonly string[], context: Context): Promise<number> {
  const { terminal } = context;
  try {
    await createProgram(context).parseAsync(args, { from: 'user' });
    return terminal.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version were asked for; everything else was told by commander already.
      return error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
    }
    const { code, message, exitCode } = describeFailure(error);
    terminal.failure(code, message);
    return exitCode;
  }
}

/** The commands of scimctl. Each loads what it needs when it is run. */
function createProgram(context: Context): Command {
  const { terminal } = context;
  const program = new Command('scimctl')
    .description('Looks after a SCIM gateway and moves resources between its stores.')
    .version(packageVersion(), '-V, --version')
    .option('--env <file>', 'read variables from this file instead of the environment')
    .option('--tenant <name>', 'tenant (default: the one without a name, or the only one)')
    .option('--json', 'answer in JSON, failures too')
    .addHelpText('after', AFTER)
    .showHelpAfterError('(scimctl --help tells more)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .hook('preAction', (_program, action) => {
      terminal.json = action.optsWithGlobals().json === true;
    });
  for (const make of COMMANDS) {
    const command = make(context);
    program.addCommand(command);
    inherit(program, command);
  }
  completions(program, { completionCommandName: 'completion' });
  return program;
}

/** Settings reach by themselves only those commands that their parent makes. */
function inherit(parent: Command, command: Command): void {
  command.copyInheritedSettings(parent);
  for (const inner of command.commands) inherit(command, inner);
}
