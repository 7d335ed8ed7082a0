import type { SchemaRegistry } from '#scim';
import { type Configuration, ConfigurationError } from '../config/configuration.js';
import { ACTIONS, scopeOf } from './rights.js';

/**
 * Checks that every scope that was configured stands for something: a misspelt one would confine a
 * client to an endpoint that does not exist.
 * @throws ConfigurationError naming the scopes
 */
export function checkScopes(configuration: Configuration, registry: SchemaRegistry): void {
  const { tenants, oidc, oauth } = configuration;
  const known = new Set([...ACTIONS, ...registry.types.map(scopeOf)]);
  const stated: readonly (readonly [string, readonly string[]])[] = [
    ['A key', tenants.flatMap(({ keys }) => keys.flatMap(({ scopes }) => scopes))],
    ['OIDC_SCOPES', Object.values(oidc?.scopes ?? {}).flat()],
    ['OAUTH_CLIENTS', (oauth?.clients ?? []).flatMap(({ scopes }) => scopes)],
  ];
  const problems = stated.flatMap(([where, scopes]) =>
    [...new Set(scopes)]
      .filter((scope) => !known.has(scope))
      .map((scope) => `${where} has the scope "${scope}"; there are ${[...known].join(', ')}`),
  );
  if (problems.length > 0) throw new ConfigurationError(problems);
}
