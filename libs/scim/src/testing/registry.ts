import { readdirSync, readFileSync } from 'node:fs';
import { assembleDocuments, type SchemaFiles } from '../schema/documents.js';
import { compileRegistry, type RegistryOptions, type SchemaRegistry } from '../schema/registry.js';
import type { ResourceType } from '../schema/resource-type.js';

/** The shipped schema files, read as the service reads them. For tests only. */
export function shippedFiles(): SchemaFiles {
  const folder = new URL('../../../../schemas/', import.meta.url);
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.json'));
  return new Map(
    paths.map((path) => [path, JSON.parse(readFileSync(new URL(path, folder), 'utf8')) as unknown]),
  );
}

/** The registry of the shipped schemas, with `extraFiles` laid over them as SCHEMA_PATH does. */
export function testRegistry(
  extraFiles: SchemaFiles | Readonly<Record<string, unknown>> = {},
  options: RegistryOptions = {},
): SchemaRegistry {
  const extra = extraFiles instanceof Map ? extraFiles : new Map(Object.entries(extraFiles));
  return compileRegistry(assembleDocuments(shippedFiles(), extra), options);
}

/** A type of the registry; throws where a test misspells it. */
export function typeNamed(registry: SchemaRegistry, name: string): ResourceType {
  const type = registry.typeByName.get(name);
  if (type === undefined) throw new Error(`no resource type ${name}`);
  return type;
}
