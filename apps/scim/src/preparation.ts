import type { SchemaRegistry } from '#scim';
import { resolvePath } from '#scim';
import { checkScopes } from './access/scopes-check.js';
import {
  type Configuration,
  ConfigurationError,
  type Environment,
  examineConfiguration,
} from './config/configuration.js';
import { loadRegistry } from './config/schema-files.js';
import { ownWritable } from './me/own-resource.js';
import { compileMappings } from './resources/mappings.js';

/**
 * Reads the environment and the schemas.
 * @throws ConfigurationError with everything that is wrong, of whatever kind
 */
export async function prepare(env?: Environment): Promise<{
  readonly configuration: Configuration;
  readonly registry: SchemaRegistry;
}> {
  const { configuration, problems: found } = examineConfiguration(env);
  const problems = [...found];
  let registry: SchemaRegistry | undefined;
  problems.push(
    ...problemsOf(() => {
      registry = loadRegistry(configuration);
    }),
  );
  if (registry !== undefined) problems.push(...(await schemaProblems(configuration, registry)));
  if (problems.length > 0 || registry === undefined) throw new ConfigurationError(problems);
  return { configuration, registry };
}

/** What is wrong with variables whose meaning is in the schemas, or known to the store's library. */
export async function schemaProblems(
  configuration: Configuration,
  registry: SchemaRegistry,
): Promise<readonly string[]> {
  return [
    ...problemsOf(() => compileMappings(configuration, registry)),
    ...problemsOf(() => ownWritable(configuration, registry)),
    ...problemsOf(() => checkScopes(configuration, registry)),
    ...unknownSensitive(configuration, registry),
    ...(await configuration.store.check(registry)),
  ];
}

/** A misspelt name would protect nothing. */
function unknownSensitive(
  { sensitiveAttributes }: Configuration,
  { types }: SchemaRegistry,
): readonly string[] {
  const unknown = sensitiveAttributes.filter(
    (name) => !types.some((type) => resolvePath(type, name) !== undefined),
  );
  return unknown.length === 0
    ? []
    : [`SENSITIVE_ATTRIBUTES names what no resource has: ${unknown.join(', ')}`];
}

function problemsOf(check: () => unknown): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}
