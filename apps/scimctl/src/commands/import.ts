import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { isObject } from '#scim';
import { OWN, readEnvironment } from '../place/environment.js';
import type { Place } from '../place/place.js';
import { CommandError } from '../terminal/exit-codes.js';
import { CsvSource } from '../transfer/csv-source.js';
import { Job } from '../transfer/job.js';
import { NdjsonSource } from '../transfer/ndjson-source.js';
import { type Origin, originOf } from '../transfer/origin.js';
import { PlaceSource } from '../transfer/place-source.js';
import { preparingForeign, preparingOwn } from '../transfer/prepare.js';
import type { Source } from '../transfer/source.js';
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
  readonly map?: string;
  readonly keyFile?: string;
}

type Given = ReturnType<typeof optionsOf<Options>>;

export function importCommand(context: Context): Command {
  return new Command('import')
    .summary('read resources from NDJSON, CSV, flat files or a SCIM server')
    .description(
      'Reads resources from NDJSON, one a line in any order (`-`: from standard input), from a table ' +
        '(.csv) whose first row names the columns, from a folder of flat files, or from another SCIM ' +
        'server. Ids and times are kept where the store allows it. What is there already and the same ' +
        'is passed over; run again, it goes on where it was stopped.',
    )
    .argument('<source>', 'a file, a folder, the address of a server, or -')
    .option(
      '--type <type>',
      'type of every line, for lines that do not say their own; of a table: User',
    )
    .option('--map <file>', 'what the columns of a table mean: {"Login": "userName", ...}')
    .option('--key-file <file>', 'has the key of the server (default: FORWARD_SCIM_KEY)')
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
  scimctl import everything.ndjson.refused.ndjson    (once mended)
  scimctl import people.csv --map columns.json
  ssh old-host scimctl export | scimctl import -
  scimctl import https://scim.example.org/v2 --key-file key.txt`,
    )
    .action(async (what: string, _options, command: Command) => {
      const options = optionsOf<Options>(command);
      const origin = await originOf(what, { keyFile: options.keyFile, input: process.stdin });
      if (origin.kind === 'store') return fromStore(context, origin, options);
      try {
        await fromFile(context, origin, options);
      } finally {
        origin.remove();
      }
    });
}

async function fromFile(
  context: Context,
  origin: Extract<Origin, { file: string }>,
  options: Given,
): Promise<void> {
  await withPlace(context, writing(options), async (place) => {
    const source = sourceOf(place, origin, options);
    const purpose = `import ${fingerprint(place)}`;
    const prepare = preparingForeign(place);
    await run(context, { options, place, source, prepare, purpose, origin });
  });
}

async function fromStore(
  context: Context,
  origin: Extract<Origin, { kind: 'store' }>,
  options: Given,
): Promise<void> {
  // What it holds is read by the schemas that are in use here.
  const { SCHEMA_PATH } = readEnvironment(options.env ?? OWN);
  const environment = { SCHEMA_PATH, ...origin.environment };
  await withPlace(context, { access: 'read', environment }, (from) =>
    withPlace(context, writing(options), async (place) => {
      if (fingerprint(from) === fingerprint(place)) {
        throw new CommandError('That is the store of this configuration itself.');
      }
      const source = new PlaceSource(from, typesNamed(from.registry, options.type));
      const purpose = `import ${fingerprint(from)} ${fingerprint(place)}`;
      const prepare = preparingOwn(place);
      await run(context, { options, place, source, prepare, purpose, origin });
    }),
  );
}

function writing(options: Given) {
  const access = options.dryRun === true ? 'read' : 'write';
  return { ...options, access, announce: options.events } as const;
}

/** @throws CommandError for a mapping that cannot be read */
function sourceOf(
  { registry }: Place,
  { kind, file }: Extract<Origin, { file: string }>,
  { type, map }: Given,
): Source {
  if (kind === 'lines') {
    const only = type === undefined ? undefined : typesNamed(registry, type)[0];
    return new NdjsonSource(file, registry, only);
  }
  const [of] = typesNamed(registry, type ?? 'User');
  if (of === undefined) throw new CommandError('Say with --type what the rows are.');
  return new CsvSource(file, of, map === undefined ? undefined : mappingOf(map));
}

function mappingOf(file: string): Readonly<Record<string, string>> {
  try {
    const mapping: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isObject(mapping) && Object.values(mapping).every((path) => typeof path === 'string')) {
      return mapping as Readonly<Record<string, string>>;
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`The mapping cannot be read: ${why}.`);
  }
  throw new CommandError(`${file} is not an object of attribute paths by column.`);
}

interface Run extends Pick<Parameters<typeof transfer>[0], 'place' | 'source' | 'prepare'> {
  readonly options: Given;
  readonly purpose: string;
  readonly origin: Origin;
}

async function run(context: Context, { options, purpose, origin, ...parts }: Run): Promise<void> {
  const { dryRun = false, update = false } = options;
  const { name } = origin;
  const edition = origin.kind === 'store' ? '' : origin.edition;
  const file = options.job ?? `${name}.${dryRun ? 'dry-run' : 'job'}`;
  const job = Job.open(file, `${purpose}${dryRun ? ' dry' : ''}`, edition);
  const report = options.report ?? `${name}.refused.ndjson`;
  let finished = false;
  try {
    const summary = await transfer({ ...context, ...parts, job, update, dryRun });
    finished = true;
    await writeReport(job, report);
    await tellSummary(context.terminal, summary, report, { dryRun });
  } finally {
    // The ids that an own numbering gave are needed again.
    if (finished) job.finish(parts.place.backend.supports.ids === 'assigned' && !dryRun);
    else job.close();
  }
}
