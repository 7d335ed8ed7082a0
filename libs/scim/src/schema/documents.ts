import { buildResourceTypes, type TypeSource } from './build-resource-types.js';
import { compileSchema, SchemaDefinitionError } from './compile.js';
import type { AttributeDefinition, SchemaDefinition } from './definition.js';
import { parseResourceType } from './parse-resource-type.js';
import { parseAttributes, parseSchema } from './parse-schema.js';
import type { SchemaDocuments } from './registry.js';

/** Parsed JSON by its path below the schema folder, with `/` between the parts. */
export type SchemaFiles = ReadonlyMap<string, unknown>;

export interface AssembleOptions {
  /** Other names of collections, by resource type: `{User: 'People'}`. */
  readonly collections?: Readonly<Record<string, string>>;
}

/** One file of either folder, told apart by where it lies. */
interface SourceFile {
  readonly path: string;
  readonly shipped: boolean;
  readonly value: unknown;
  readonly kind: 'common' | 'core' | 'extension' | 'discovery' | 'resource-type';
  /** Name of the resource type it belongs to; empty for `common` and `discovery`. */
  readonly type: string;
}

interface SchemaFile extends SourceFile {
  readonly schema: SchemaDefinition;
}

/**
 * Puts the documents of the service together from its own schema folder and one that the operator
 * adds. A file of the second replaces the shipped one with the same path or the same schema id.
 *
 * - `core/<Type>.json`: base schema of a resource type
 * - `extensions/<Type>/*.json`: its extensions
 * - `resource-types/<Type>.json`: endpoint, collection, indexes, relations; without it the type is
 *   served at `/<Type>s`
 * - `discovery/*.json`, `common.json`: further published schemas, and the common attributes
 *
 * @throws SchemaDefinitionError naming every faulty file and everything that is wrong with it
 */
export function assembleDocuments(
  shipped: SchemaFiles,
  overrides: SchemaFiles = new Map(),
  options: AssembleOptions = {},
): SchemaDocuments {
  const problems: string[] = [];
  const report = (path: string) => (message: string) => problems.push(`${path}: ${message}`);

  const files = overlay(locate(shipped, true, report), locate(overrides, false, report));
  const schemas = files.flatMap((file): SchemaFile[] => {
    if (file.kind === 'common' || file.kind === 'resource-type') return [];
    const schema = parseSchema(file.value, report(file.path));
    return schema === undefined ? [] : [{ ...file, schema }];
  });
  reportDuplicates(schemas, report);
  const common = files
    .filter((file) => file.kind === 'common')
    .flatMap((file) => parseAttributes(file.value, 'common', '', report(file.path)));
  const base = schemas.map((file) =>
    file.kind === 'core' ? { ...file, schema: withoutCommon(file.schema, common) } : file,
  );
  const types: TypeSource[] = typeNames(files).map((name) => {
    const file = files.find((one) => one.kind === 'resource-type' && one.type === name);
    const core = base.find((one) => one.kind === 'core' && one.type === name);
    const path = file?.path ?? core?.path ?? `extensions/${name}`;
    return {
      name,
      stated: file === undefined ? {} : parseResourceType(file.value, name, report(path)),
      shipped: file?.shipped ?? false,
      core: core?.schema,
      extensions: base
        .filter((one) => one.kind === 'extension' && one.type === name)
        .map((one) => one.schema),
      report: report(path),
    };
  });
  const built = buildResourceTypes(types, {
    schemas: base.map((file) => file.schema),
    common,
    collections: options.collections ?? {},
  });
  reportUncompilable(base, report);
  if (problems.length > 0) throw new SchemaDefinitionError(problems.join('\n'));
  return Object.freeze({ common, schemas: built.schemas, resourceTypes: built.resourceTypes });
}

type Reporter = (path: string) => (message: string) => void;

function locate(files: SchemaFiles, shipped: boolean, report: Reporter): SourceFile[] {
  return [...files].flatMap(([path, value]): SourceFile[] => {
    const found = whereItLies(path);
    if (found !== undefined) return [{ path, shipped, value, ...found }];
    report(path)(
      'lies in none of core/, extensions/<Type>/, resource-types/, discovery/ and is not common.json',
    );
    return [];
  });
}

function whereItLies(path: string): Pick<SourceFile, 'kind' | 'type'> | undefined {
  if (path === 'common.json') return { kind: 'common', type: '' };
  const [, folder, name = '', deeper] =
    /^([^/]+)\/([^/]+?)(?:\/([^/]+))?(?:\.json)$/.exec(path) ?? [];
  if (folder === 'extensions') {
    return deeper === undefined ? undefined : { kind: 'extension', type: name };
  }
  if (deeper !== undefined) return undefined;
  if (folder === 'core') return { kind: 'core', type: name };
  if (folder === 'resource-types') return { kind: 'resource-type', type: name };
  return folder === 'discovery' ? { kind: 'discovery', type: '' } : undefined;
}

function overlay(shipped: readonly SourceFile[], added: readonly SourceFile[]): SourceFile[] {
  const paths = new Set(added.map((file) => file.path));
  const ids = new Set(added.map(schemaId).filter((id) => id !== undefined));
  const kept = shipped.filter((file) => {
    const id = schemaId(file);
    return !paths.has(file.path) && (id === undefined || !ids.has(id));
  });
  return [...kept, ...added].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function schemaId(file: SourceFile): string | undefined {
  if (file.kind === 'common' || file.kind === 'resource-type') return undefined;
  const { value } = file;
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  return typeof id === 'string' ? id.toLowerCase() : undefined;
}

function reportDuplicates(files: readonly SchemaFile[], report: Reporter): void {
  const first = new Map<string, string>();
  for (const { path, schema } of files) {
    const id = schema.id.toLowerCase();
    const other = first.get(id);
    if (other === undefined) first.set(id, path);
    else report(path)(`has the id ${schema.id}, as ${other} has`);
  }
}

/** What only the compiler checks: names, and complex attributes inside complex ones. */
function reportUncompilable(files: readonly SchemaFile[], report: Reporter): void {
  for (const { path, kind, schema } of files) {
    // RFC 7643 §7: the Schema schema alone nests deeper, and is published, never compiled.
    if (kind === 'discovery') continue;
    try {
      compileSchema(schema, kind === 'extension');
    } catch (error) {
      if (!(error instanceof SchemaDefinitionError)) throw error;
      report(path)(error.message.replace(`${schema.id}: `, ''));
    }
  }
}

/** The reference's schema files list common attributes among their own; the common ones win. */
function withoutCommon(
  schema: SchemaDefinition,
  common: readonly AttributeDefinition[],
): SchemaDefinition {
  const names = new Set(common.map((attribute) => attribute.name.toLowerCase()));
  const attributes = schema.attributes.filter(({ name }) => !names.has(name.toLowerCase()));
  return { ...schema, attributes };
}

function typeNames(files: readonly SourceFile[]): readonly string[] {
  return [...new Set(files.map((file) => file.type).filter((type) => type !== ''))].sort();
}
