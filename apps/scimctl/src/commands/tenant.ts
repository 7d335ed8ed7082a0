import { Command } from 'commander';
import { readConfiguration } from '../../../scim/src/config/configuration.js';
import { OWN, readEnvironment } from '../place/environment.js';
import type { Place } from '../place/place.js';
import { countOf } from '../transfer/place-source.js';
import { type Context, optionsOf, withPlace } from './context.js';

interface RemoveOptions {
  readonly yes?: boolean;
  readonly events: boolean;
}

/** Resources that are found at once, to be deleted. */
const PAGE = 200;

export function tenantCommand(context: Context): Command {
  const tenant = new Command('tenant')
    .summary('list tenants, or remove what one has')
    .description('Lists tenants, or removes what one of them has.');
  tenant
    .command('list')
    .summary('all tenants, and how much each has')
    .addHelpText('after', '\nExamples:\n  scimctl tenant list')
    .action(async (_options, command: Command) => list(context, command));
  tenant
    .command('remove')
    .summary('delete every resource of a tenant')
    .description(
      'Deletes every resource of a tenant, which has to be configured still; take it out of TENANTS ' +
        'afterwards. Stopped, it goes on when it is run again.',
    )
    .argument('<name>', 'the tenant')
    .option('--yes', 'do not ask')
    .option('--no-events', 'announce nothing, also where a broker is configured')
    .addHelpText('after', '\nExamples:\n  scimctl tenant remove acme')
    .action(async (name: string, _options, command: Command) => remove(context, name, command));
  return tenant;
}

async function list(context: Context, command: Command): Promise<void> {
  const { terminal } = context;
  const options = optionsOf(command);
  const { tenants } = readConfiguration(readEnvironment(options.env ?? OWN));
  for (const { name, keys } of tenants) {
    await withPlace(context, { ...options, tenant: name, access: 'read' }, async (place) => {
      const counts = await countAll(place);
      const text = Object.entries(counts).map(([type, count]) => `${type} ${count}`);
      const line = [name, ...text, `keys ${keys.length}`].join('  ');
      await terminal.answer({ name, resources: counts, keys: keys.length }, [line]);
    });
  }
}

async function remove(context: Context, name: string, command: Command): Promise<void> {
  const { terminal, signal } = context;
  const options = optionsOf<RemoveOptions>(command);
  const access = { ...options, tenant: name, access: 'write', announce: options.events } as const;
  await withPlace(context, access, async (place) => {
    const counts = Object.entries(await countAll(place));
    const what = counts.map(([type, count]) => `${count} ${type}s`).join(' and ');
    await terminal.confirm(
      `Delete ${what} of the tenant ${name} in ${place.store}?`,
      options.yes === true,
    );
    const progress = terminal.progress('delete');
    progress.start(counts.reduce((sum, [, count]) => sum + count, 0));
    let deleted = 0;
    try {
      // Those that hold others first: then nothing has to be taken out of anything.
      for (const type of [...place.registry.types].reverse()) {
        const repository = place.repository(type);
        for (;;) {
          const page = await repository.query({ start: { offset: 0 }, limit: PAGE, expand: [] });
          if (page.items.length === 0) break;
          for (const { id } of page.items) {
            signal.throwIfAborted();
            await repository.delete(id, { now: new Date().toISOString() });
            deleted++;
            progress.advance();
          }
        }
      }
    } finally {
      progress.stop();
    }
    await terminal.answer({ tenant: name, deleted }, [`${deleted} deleted`]);
  });
}

async function countAll({
  registry,
  repository,
}: Place): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const type of registry.types) counts[type.name] = await countOf(repository(type));
  return counts;
}
