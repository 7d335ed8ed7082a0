import { leaf, type ResourceType, resolvePath } from '#scim';
import type { AttributeTable } from '../ldap.options.js';
import type { ServerSchema } from '../server/server-schema.js';

/**
 * Looks at what the configuration says of attributes: a misspelt name would be kept elsewhere
 * without a word.
 * @throws Error that names everything that is wrong, by variable
 */
export function checkTables(
  types: readonly ResourceType[],
  tables: Readonly<Record<string, AttributeTable>>,
  schema: ServerSchema,
): void {
  const faults = faultsOf(tables, (name, path, attribute) => [
    ...pathFaults(types, name, path),
    ...attributeFaults(attribute, schema),
  ]);
  if (faults.length > 0) throw new Error(`${faults.join('. ')}.`);
}

/** What can be told before the server is asked: attribute paths that no resource has, by variable. */
export function unknownPaths(
  types: readonly ResourceType[],
  tables: Readonly<Record<string, AttributeTable>>,
): readonly string[] {
  return faultsOf(tables, (name, path) => pathFaults(types, name, path));
}

function faultsOf(
  tables: Readonly<Record<string, AttributeTable>>,
  look: (type: string, path: string, attribute: string) => readonly string[],
): readonly string[] {
  return Object.entries(tables).flatMap(([name, table]) => {
    const found = Object.entries(table).flatMap((line) => look(name, ...line));
    return found.length === 0 ? [] : [`LDAP_${name.toUpperCase()}_ATTRIBUTES: ${found.join('; ')}`];
  });
}

function pathFaults(types: readonly ResourceType[], name: string, path: string): readonly string[] {
  const type = types.find((one) => one.name === name);
  if (type === undefined) return [];
  const resolved = resolvePath(type, path);
  if (resolved?.kind !== 'attribute') return [`${type.name} has no attribute "${path}"`];
  return leaf(resolved).type === 'complex' ? [`"${path}" is no simple attribute`] : [];
}

/** The empty name leaves a path unmapped. */
function attributeFaults(name: string, schema: ServerSchema): readonly string[] {
  if (name === '') return [];
  const attribute = schema.attribute(name);
  if (attribute === undefined) return [`the LDAP server's schema has no attribute "${name}"`];
  const isPhoto = attribute.syntax?.endsWith('.28');
  return attribute.equality === undefined && !isPhoto
    ? [`the LDAP server cannot search for values of "${name}", which has no EQUALITY rule`]
    : [];
}
