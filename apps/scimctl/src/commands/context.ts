import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import { OWN, readEnvironment } from '../place/environment.js';
import { openPlace, type Place, type PlaceOptions } from '../place/place.js';
import type { Terminal } from '../terminal/terminal.js';

/** What a command runs with. */
export interface Context {
  readonly terminal: Terminal;
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal;
}

/** Options that every command knows. */
export interface GlobalOptions {
  readonly env?: string;
  readonly tenant?: string;
}

/** The options of a command and those before it, in the form that the command's declarations give. */
export function optionsOf<T extends object>(command: Command): T & GlobalOptions {
  return command.optsWithGlobals<T & GlobalOptions>();
}

/**
 * Opens the place that the options name, runs something with it, and closes it.
 * @param file instead of `--env`, for commands that have two places
 * @param environment instead of either
 */
export async function withPlace<T>(
  { terminal }: Context,
  options: GlobalOptions &
    Pick<PlaceOptions, 'access' | 'announce'> & {
      readonly file?: string;
      readonly environment?: PlaceOptions['environment'];
    },
  use: (place: Place) => Promise<T>,
): Promise<T> {
  const { access, announce = true, tenant } = options;
  const place = await openPlace({
    environment: options.environment ?? readEnvironment(options.file ?? options.env ?? OWN),
    tenant,
    access,
    announce,
    warn: (message) => terminal.warn(message),
  });
  try {
    return await use(place);
  } finally {
    await place.close();
  }
}

/** The same for the same store, tenant and account, and tells nothing of them. */
export function fingerprint({ configuration, tenant }: Place): string {
  const { name, settings } = configuration.store;
  return createHash('sha256')
    .update(JSON.stringify([name, settings, tenant]))
    .digest('hex');
}
