import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';
import type { Report } from '../files.js';

/** A class whose members are variables, with their defaults; see `kinds.ts` for its decorators. */
export type VariableGroup<V extends object> = new () => V;

/**
 * The variables of a group as the environment sets them. What is wrong with one is reported, and
 * its default stands, so that whatever else is wrong is found as well.
 */
export function readVariables<V extends object>(
  group: VariableGroup<V>,
  environment: Readonly<Record<string, string>>,
  report: Report,
): V {
  const stated = namesOf(group).flatMap((name): [string, string][] => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  const read = (entries: readonly [string, string][]) =>
    plainToInstance(group, Object.fromEntries(entries), { exposeDefaultValues: true });
  const variables = read(stated);
  const errors = validateSync(variables);
  for (const { property, constraints } of errors) {
    for (const problem of Object.values(constraints ?? {})) report(property, problem);
  }
  const wrong = errors.map(({ property }) => property);
  return wrong.length === 0 ? variables : read(stated.filter(([name]) => !wrong.includes(name)));
}

/** Names of the variables of a group, in the order they are written in. */
export function namesOf(group: VariableGroup<object>): readonly string[] {
  const declared = getMetadataStorage().getTargetValidationMetadatas(group, '', false, false);
  return [...new Set(declared.map(({ propertyName }) => propertyName))];
}
