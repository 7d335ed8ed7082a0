import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import {
  assembleDocuments,
  compileRegistry,
  SchemaDefinitionError,
  type SchemaFiles,
  type SchemaRegistry,
} from '#scim';
import { type Configuration, ConfigurationError } from './configuration.js';
import { PACKAGE_ROOT } from './package-root.js';

/**
 * Reads the shipped schema files and those below SCHEMA_PATH, and compiles them.
 * @throws ConfigurationError naming every file that cannot be used, and why
 */
export function loadRegistry(configuration: Configuration): SchemaRegistry {
  const { schemaPath, collections, externalIdUnique } = configuration;
  const problems: string[] = [];
  const shipped = readSchemaFiles(SHIPPED, problems);
  const added =
    schemaPath === undefined ? undefined : readSchemaFiles(schemaFolder(schemaPath), problems);
  if (problems.length > 0) throw new ConfigurationError(problems);
  try {
    const documents = assembleDocuments(shipped, added, { collections });
    return compileRegistry(documents, { externalIdUnique });
  } catch (error) {
    if (!(error instanceof SchemaDefinitionError)) throw error;
    throw new ConfigurationError(error.message.split('\n').map((line) => `SCHEMA_PATH ${line}`));
  }
}

/** The service's own schema files. */
export const SHIPPED = join(PACKAGE_ROOT, 'schemas');

/** The reference takes SCHEMA_PATH as the folder that holds `schemas`; that folder itself works too. */
export function schemaFolder(path: string): string {
  const inner = join(path, 'schemas');
  return existsSync(inner) ? inner : path;
}

/** Every JSON file below a folder, parsed, by its path from there. */
function readSchemaFiles(folder: string, problems: string[]): SchemaFiles {
  const files = new Map<string, unknown>();
  for (const path of pathsIn(folder, problems)) {
    try {
      files.set(path, JSON.parse(readFileSync(join(folder, path), 'utf8')));
    } catch {
      problems.push(`SCHEMA_PATH ${path}: is not a readable JSON file`);
    }
  }
  return files;
}

/** Paths of every JSON file below a folder, from there. @throws the system's error */
export function jsonFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.json') && !path.split('/').some((part) => part[0] === '.'))
    .sort();
}

function pathsIn(folder: string, problems: string[]): readonly string[] {
  try {
    return jsonFiles(folder);
  } catch {
    problems.push(`SCHEMA_PATH names a folder that cannot be read: ${folder}`);
    return [];
  }
}
