import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { CommandError } from '../terminal/exit-codes.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Instead of a file: the environment of the process itself. */
export const OWN = 'environment';

/**
 * The variables of the service, as a file holds them (`NAME=value`, as docker and systemd read it).
 * Nothing of the process's own environment is mixed in: two places in one command would share it.
 * @throws CommandError if the file cannot be read
 */
export function readEnvironment(file: string): Environment {
  if (file === OWN) return process.env;
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`The environment file cannot be read: ${why}.`);
  }
}
