import type {
  AttributeDefinition,
  ResourceTypeDefinition,
  SchemaDefinition,
} from './definition.js';
import type { ResourceTypeFile } from './parse-resource-type.js';
import type { Report } from './parse-schema.js';
import type { SchemaDocuments } from './registry.js';

/** What the files say about one resource type. */
export interface TypeSource {
  readonly name: string;
  /** `resource-types/<name>.json`; empty if there is none. */
  readonly stated: ResourceTypeFile;
  /** True if that file is the service's own: it may then name what a replaced schema lacks. */
  readonly shipped: boolean;
  readonly core: SchemaDefinition | undefined;
  readonly extensions: readonly SchemaDefinition[];
  readonly report: Report;
}

export interface TypeContext {
  readonly schemas: readonly SchemaDefinition[];
  readonly common: readonly AttributeDefinition[];
  readonly collections: Readonly<Record<string, string>>;
}

type Built = Pick<SchemaDocuments, 'schemas' | 'resourceTypes'>;

/** Paths that the service itself answers, in lower case. */
const RESERVED = [
  '/bulk',
  '/me',
  '/schemas',
  '/resourcetypes',
  '/serviceproviderconfig',
  '/health',
  '/api',
  '/api-json',
];

/** Makes the resource types, and states in their schemas which attributes they keep unique. */
export function buildResourceTypes(types: readonly TypeSource[], context: TypeContext): Built {
  const resourceTypes = types.flatMap((type) => {
    const built = buildOne(type, context);
    return built === undefined ? [] : [built];
  });
  reportClashes(resourceTypes, types);
  for (const name of Object.keys(context.collections)) {
    if (!types.some((type) => type.name === name)) {
      types[0]?.report(`a collection is named for ${name}, which is no resource type`);
    }
  }
  const unique = new Map(resourceTypes.map((type) => [type.schema, type.unique ?? []]));
  const schemas = context.schemas.map((schema) => withUnique(schema, unique.get(schema.id) ?? []));
  return { schemas, resourceTypes: settleInverses(resourceTypes, types) };
}

function buildOne(type: TypeSource, context: TypeContext): ResourceTypeDefinition | undefined {
  const { name, stated, report } = type;
  const named = find(context.schemas, stated.schema);
  const schema = named ?? (stated.schema === undefined || type.shipped ? type.core : undefined);
  if (schema === undefined) {
    report(
      stated.schema === undefined
        ? `there is no core/${name}.json with the base schema of resource type ${name}`
        : `"schema" names ${stated.schema}, which no file defines`,
    );
    return undefined;
  }
  const schemaExtensions = extensionsOf(type, context);
  const paths = pathsOf(schema, schemaExtensions, context);
  const known = (member: string, path: string): boolean => {
    if (paths.has(path.toLowerCase())) return true;
    if (!type.shipped) report(`"${member}" names ${path}, an attribute that ${name} does not have`);
    return false;
  };
  const list = (member: string, given: readonly string[] | undefined) =>
    given === undefined ? {} : { [member]: given.filter((path) => known(member, path)) };
  const table = <T>(member: string, given: Readonly<Record<string, T>> | undefined) =>
    given === undefined
      ? {}
      : {
          [member]: Object.fromEntries(
            Object.entries(given).filter(([path]) => known(member, path)),
          ) as Readonly<Record<string, T>>,
        };
  const { display, description } = stated;
  return {
    name,
    description: description ?? schema.description ?? name,
    endpoint: stated.endpoint ?? `/${name}s`,
    schema: schema.id,
    schemaExtensions,
    collection: context.collections[name] ?? stated.collection ?? `${name}s`,
    ...(display !== undefined && known('display', display) ? { display } : {}),
    ...list('unique', stated.unique),
    ...list('indexed', stated.indexed),
    ...table('relations', stated.relations),
    ...table('inverses', stated.inverses),
    ...table('defaults', stated.defaults),
    ...list('keptOnReplace', stated.keptOnReplace),
  };
}

/** Those the file lists, then those that only lie in the type's folder. */
function extensionsOf(type: TypeSource, context: TypeContext) {
  const listed = (type.stated.schemaExtensions ?? []).flatMap((entry) => {
    const schema = find(context.schemas, entry.schema);
    if (schema !== undefined) return [{ schema: schema.id, required: entry.required }];
    if (!type.shipped) {
      type.report(`"schemaExtensions" names ${entry.schema}, which no file defines`);
    }
    return [];
  });
  const found = type.extensions
    .filter((schema) => !listed.some((entry) => entry.schema === schema.id))
    .map((schema) => ({ schema: schema.id, required: false }));
  return [...listed, ...found];
}

function find(schemas: readonly SchemaDefinition[], id: string | undefined) {
  const lower = id?.toLowerCase();
  return schemas.find((schema) => schema.id.toLowerCase() === lower);
}

/** Every path that names an attribute of the type, in lower case. */
function pathsOf(
  base: SchemaDefinition,
  extensions: readonly { readonly schema: string }[],
  context: TypeContext,
): ReadonlySet<string> {
  const paths = new Set<string>();
  const add = (prefix: string, attributes: readonly AttributeDefinition[]): void => {
    for (const attribute of attributes) {
      const path = `${prefix}${attribute.name}`.toLowerCase();
      paths.add(path);
      add(`${path}.`, attribute.subAttributes ?? []);
    }
  };
  add('', context.common);
  add('', base.attributes);
  add(`${base.id}:`, base.attributes);
  for (const { schema } of extensions) {
    add(`${schema}:`, find(context.schemas, schema)?.attributes ?? []);
  }
  return paths;
}

function reportClashes(
  definitions: readonly ResourceTypeDefinition[],
  types: readonly TypeSource[],
): void {
  const endpoints = new Map<string, string>();
  const collections = new Map<string, string>();
  for (const { name, endpoint, collection } of definitions) {
    const report = types.find((type) => type.name === name)?.report ?? (() => {});
    const path = endpoint.toLowerCase();
    const folder = collection.toLowerCase();
    if (!/^\/[A-Za-z][\w-]*$/.test(endpoint)) {
      report(`the endpoint "${endpoint}" is not a slash and a name, as in /Users`);
    } else if (RESERVED.includes(path)) {
      report(`the endpoint ${endpoint} is one of the service's own`);
    }
    if (!/^\w[\w .-]*$/.test(collection)) {
      report(`the collection "${collection}" is not a name of letters, digits, "-", "_" and "."`);
    }
    const sharer = endpoints.get(path);
    if (sharer !== undefined) report(`the endpoint ${endpoint} belongs to ${sharer} already`);
    const keeper = collections.get(folder);
    if (keeper !== undefined) report(`the collection ${collection} belongs to ${keeper} already`);
    endpoints.set(path, name);
    collections.set(folder, name);
  }
}

/** An inverse needs the relation it is computed from; a relation needs its target types. */
function settleInverses(
  definitions: readonly ResourceTypeDefinition[],
  types: readonly TypeSource[],
): readonly ResourceTypeDefinition[] {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  return definitions.map((definition) => {
    const source = types.find((type) => type.name === definition.name);
    for (const [relation, { types: targets }] of Object.entries(definition.relations ?? {})) {
      for (const target of targets) {
        if (types.every((type) => type.name !== target)) {
          source?.report(`"${relation}" refers to ${target}, no such type`);
        }
      }
    }
    if (definition.inverses === undefined) return definition;
    const inverses = Object.fromEntries(
      Object.entries(definition.inverses).filter(([name, { type, relation }]) => {
        if (byName.get(type)?.relations?.[relation] !== undefined) return true;
        if (source?.shipped !== true) {
          source?.report(`"${name}" is computed from ${type}.${relation}, which is no relation`);
        }
        return false;
      }),
    );
    return { ...definition, inverses };
  });
}

function withUnique(schema: SchemaDefinition, unique: readonly string[]): SchemaDefinition {
  if (unique.length === 0) return schema;
  const names = new Set(unique.map((path) => path.toLowerCase()));
  const attributes = schema.attributes.map((attribute) =>
    names.has(attribute.name.toLowerCase()) && attribute.uniqueness === 'none'
      ? { ...attribute, uniqueness: 'server' as const }
      : attribute,
  );
  return { ...schema, attributes };
}
