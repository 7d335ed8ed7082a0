import { InvalidArgumentError } from 'commander';
import type { ResourceType, SchemaRegistry } from '#scim';
import { CommandError } from '../terminal/exit-codes.js';

/** The types that an option names, all of them without it. @throws CommandError that lists them */
export function typesNamed(
  { types }: SchemaRegistry,
  name: string | undefined,
): readonly ResourceType[] {
  if (name === undefined) return types;
  const found = types.filter((type) => type.name.toLowerCase() === name.toLowerCase());
  if (found.length > 0) return found;
  const known = types.map((type) => type.name).join(', ');
  throw new CommandError(`There is no resource type ${name}. There are: ${known}.`);
}

/** Parser of an option that is a whole number from 0. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
