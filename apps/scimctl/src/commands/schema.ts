import { Command } from 'commander';
import { validateSchemas } from '../schema/validate.js';
import { ExitCode } from '../terminal/exit-codes.js';
import type { Context } from './context.js';

export function schemaCommand({ terminal }: Context): Command {
  const schema = new Command('schema')
    .summary('look at schema files')
    .description('Looks at the files that SCHEMA_PATH names, without a service.');
  schema
    .command('validate <path>')
    .summary('what is wrong with a schema file, or a folder of them')
    .description(
      'Reads a schema file, or a folder as SCHEMA_PATH names one, together with those of the ' +
        'service, and tells everything that would stop a start, by file and line. A file by itself is ' +
        'an extension of User, unless its folder or what it holds says otherwise. Exit code 1 if ' +
        'something is wrong.',
    )
    .addHelpText(
      'after',
      `
Examples:
  scimctl schema validate ./schemas
  scimctl schema validate extensions/User/pets.json --json`,
    )
    .action(async (path: string) => {
      const { files, problems } = validateSchemas(path);
      await terminal.answer(
        { files, problems },
        problems.map(({ file, line, problem }) => `${file}:${line}: ${problem}`),
      );
      const read = files === 1 ? '1 file' : `${files} files`;
      const found = problems.length === 0 ? 'nothing is wrong' : `${problems.length} found`;
      if (!terminal.json) await terminal.line(`${read}, ${found}`);
      if (problems.length > 0) terminal.exitCode = ExitCode.found;
    });
  return schema;
}
