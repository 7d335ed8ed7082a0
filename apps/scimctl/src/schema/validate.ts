import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { assembleDocuments, SchemaDefinitionError, type SchemaFiles } from '#scim';
import { jsonFiles, SHIPPED, schemaFolder } from '../../../scim/src/config/schema-files.js';
import { CommandError } from '../terminal/exit-codes.js';
import { lineAt, lineOf } from './lines.js';

/** Something wrong with a schema file. */
export interface Problem {
  /** As it was named, or below the folder that was. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly problem: string;
}

/** A schema file, and where it would lie in a folder of them. */
interface Source {
  readonly file: string;
  readonly place: string;
  readonly text: string;
}

/** Folders of a schema folder, by which a file says what it is. */
const FOLDERS = ['core', 'extensions', 'resource-types', 'discovery'];

/**
 * What is wrong with a file, or a folder as SCHEMA_PATH names one, put together with the service's own.
 * @returns how many files were read, and every problem in them
 * @throws CommandError for a path that cannot be read
 */
export function validateSchemas(path: string) {
  const sources = sourcesOf(path);
  const problems: Problem[] = [];
  const given = new Map<string, unknown>();
  for (const { file, place, text } of sources) {
    const faults: ParseError[] = [];
    const value: unknown = parse(text, faults, { disallowComments: true });
    const [fault] = faults;
    if (fault === undefined) given.set(place, value);
    else {
      const problem = `is not JSON: ${printParseErrorCode(fault.error)}`;
      problems.push({ file, line: lineAt(text, fault.offset), problem });
    }
  }
  for (const message of assembled(given)) {
    const [place = '', ...rest] = message.split(': ');
    const source = sources.find((one) => one.place === place);
    const problem = rest.join(': ');
    if (source === undefined) problems.push({ file: place, line: 1, problem });
    else problems.push({ file: source.file, line: lineOf(source.text, problem), problem });
  }
  return { files: sources.length, problems };
}

function assembled(given: SchemaFiles): readonly string[] {
  try {
    const own = jsonFiles(SHIPPED).map((file): [string, unknown] => [
      file,
      JSON.parse(readFileSync(join(SHIPPED, file), 'utf8')),
    ]);
    assembleDocuments(new Map(own), given);
    return [];
  } catch (error) {
    if (error instanceof SchemaDefinitionError) return error.message.split('\n');
    throw error;
  }
}

function sourcesOf(path: string): readonly Source[] {
  try {
    if (!statSync(path).isDirectory()) {
      const text = readFileSync(path, 'utf8');
      return [{ file: path, place: placeOf(path, text), text }];
    }
    const folder = schemaFolder(path);
    return jsonFiles(folder).map((file) => ({
      file,
      place: file,
      text: readFileSync(join(folder, file), 'utf8'),
    }));
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${path} cannot be read: ${words}`);
  }
}

/** By the folder it lies in, else by what it holds: a resource type has an endpoint. */
function placeOf(path: string, text: string): string {
  const full = resolve(path);
  for (let above = dirname(full); above !== dirname(above); above = dirname(above)) {
    if (FOLDERS.includes(basename(above))) {
      return relative(dirname(above), full).split(sep).join('/');
    }
  }
  const value: unknown = parse(text);
  if (Array.isArray(value)) return 'common.json';
  const isType = typeof value === 'object' && value !== null && 'endpoint' in value;
  return `${isType ? 'resource-types' : 'extensions/User'}/${basename(path)}`;
}
