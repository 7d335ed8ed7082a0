import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Command } from 'commander';
import type { Query } from '#backend';
import { type JsonObject, parseFilter, type ResourceType } from '#scim';
import type { Place } from '../place/place.js';
import { ExportFile, type LineSink } from '../transfer/export-file.js';
import { exportForm } from '../transfer/export-line.js';
import { Job } from '../transfer/job.js';
import { countOf } from '../transfer/place-source.js';
import { type Context, optionsOf, withPlace } from './context.js';
import { typesNamed } from './types.js';

interface Options {
  readonly type?: string;
  readonly filter?: string;
  readonly output?: string;
  readonly secrets: boolean;
}

/** Resources of which a page is read at once, where there is a filter. */
const PAGE = 200;

export function exportCommand(context: Context): Command {
  return new Command('export')
    .summary('write resources as NDJSON, one a line')
    .description(
      'Writes resources as NDJSON, one a line: users before groups, with ids, times and members. ' +
        'Hashes of passwords are among them.',
    )
    .option('--type <type>', 'only resources of this type, e.g. User')
    .option('--filter <filter>', 'only those that match; needs --type')
    .option('-o, --output <file>', 'write to this file, and go on where an earlier run was cut off')
    .option('--no-secrets', 'leave passwords out')
    .addHelpText(
      'after',
      `
Examples:
  scimctl export > everything.ndjson
  scimctl export --type User --filter 'active eq false' | jq -r .userName
  scimctl export --output backup.ndjson`,
    )
    .action(async (_options, command: Command) =>
      run(context, optionsOf<Options>(command), command),
    );
}

async function run(
  context: Context,
  options: ReturnType<typeof optionsOf<Options>>,
  command: Command,
) {
  if (options.filter !== undefined && options.type === undefined) {
    command.error('error: --filter needs --type');
  }
  await withPlace(context, { ...options, access: 'read' }, async (place) => {
    const { terminal, signal } = context;
    const types = typesNamed(place.registry, options.type);
    const folder = mkdtempSync(join(tmpdir(), 'scimctl-'));
    const job = Job.open(join(folder, 'written'), 'export', '');
    const sink: LineSink =
      options.output === undefined ? standardOutput(context) : new ExportFile(options.output);
    const progress =
      options.output === undefined
        ? terminal.progressBesideAnswer('export')
        : terminal.progress('export');
    let exported = 0;
    let resumed = 0;
    try {
      for await (const key of sink.written()) job.pass('resources', key);
      progress.start(
        terminal.isInteractive ? await total(place, types, options.filter) : undefined,
      );
      for (const type of types) {
        for await (const stored of resourcesOf(place, type, options.filter, signal)) {
          // Some stores never wait for anything: without this no signal would be heard.
          if ((exported + resumed) % 64 === 0) await setImmediate();
          signal.throwIfAborted();
          const known = job.isPassed('resources', `${type.name}/${stored.id}`);
          if (!known)
            await sink.line(
              JSON.stringify(await exportForm(type, await whole(place, type, stored), options)),
            );
          if (known) resumed++;
          else exported++;
          progress.advance();
        }
      }
      await sink.finish();
    } catch (error) {
      await sink.leave();
      throw error;
    } finally {
      progress.stop();
      job.finish(false);
      rmSync(folder, { recursive: true, force: true });
    }
    if (terminal.json) terminal.note(JSON.stringify({ exported, resumed }));
    else if (options.output !== undefined) {
      terminal.note(`${exported + resumed} resources in ${options.output}`);
    }
  });
}

/** Everything by one scan, or page by page what a filter finds. */
async function* resourcesOf(
  place: Place,
  type: ResourceType,
  text: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<JsonObject & { readonly id: string }> {
  if (text === undefined) {
    yield* place.backend.store(type).scan({ signal });
    return;
  }
  const filter = parseFilter(text, type, { lenient: !place.configuration.strict });
  let start: Query['start'] = { offset: 0 };
  const page = (from: Query['start']) =>
    place.repository(type).query({ filter, start: from, limit: PAGE, expand: [], signal });
  for (;;) {
    const { items, next } = await page(start);
    yield* items;
    if (next === undefined) return;
    start = { after: next };
  }
}

/** With its relations, one resource at a time: one may be large. */
async function whole(
  place: Place,
  type: ResourceType,
  stored: JsonObject & { readonly id: string },
) {
  if (type.relations.length === 0) return stored;
  const expand = type.relations.map(({ attribute }) => attribute.name);
  return (await place.repository(type).get(stored.id, { expand })) ?? stored;
}

async function total(place: Place, types: readonly ResourceType[], filter: string | undefined) {
  if (filter !== undefined) return undefined;
  let sum = 0;
  for (const type of types) sum += await countOf(place.repository(type));
  return sum;
}

function standardOutput({ terminal }: Context): LineSink {
  return {
    written: async function* () {},
    line: (text) => terminal.line(text),
    finish: async () => undefined,
    leave: async () => undefined,
  };
}
