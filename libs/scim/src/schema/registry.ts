import type { Attribute, AttributePath } from './attribute.js';
import { byName, compileCommon, compileSchema, SchemaDefinitionError } from './compile.js';
import type {
  AttributeDefinition,
  ResourceTypeDefinition,
  SchemaDefinition,
} from './definition.js';
import { resolvePath, samePath } from './path.js';
import type { Inverse, Peers, Relation, ResourceType, Schema } from './resource-type.js';

/** Everything the service publishes and enforces, as data; see `schemas/`. */
export interface SchemaDocuments {
  /** Attributes that every resource has (RFC 7643 §3.1). */
  readonly common: readonly AttributeDefinition[];
  readonly schemas: readonly SchemaDefinition[];
  readonly resourceTypes: readonly ResourceTypeDefinition[];
}

export interface RegistryOptions {
  /** Refuse a second resource of a type with the same `externalId`. Default true, as the reference. */
  readonly externalIdUnique?: boolean;
}

/** The compiled schemas and resource types of a service. */
export interface SchemaRegistry {
  readonly types: readonly ResourceType[];
  /** By name, e.g. `User`. */
  readonly typeByName: ReadonlyMap<string, ResourceType>;
  /** Every schema that is published, in order. */
  readonly schemas: readonly SchemaDefinition[];
}

/**
 * Compiles all documents once.
 * @throws SchemaDefinitionError naming the document and what is wrong with it
 */
export function compileRegistry(
  documents: SchemaDocuments,
  options: RegistryOptions = {},
): SchemaRegistry {
  const definitions = new Map(documents.schemas.map((schema) => [schema.id, schema]));
  const common = compileCommon(documents.common);
  // Lists of types read better when those that others refer to come first.
  const compiled = documents.resourceTypes
    .map((definition) =>
      compileResourceType(definition, definitions, common, options.externalIdUnique ?? true),
    )
    .sort((a, b) => a.relations.length - b.relations.length);
  const types = compiled.map((type) => Object.freeze({ ...type, peers: peersOf(type, compiled) }));
  const typeByName = new Map(types.map((type) => [type.name, type]));
  for (const type of types) checkTargets(type, typeByName);
  return Object.freeze({ types: Object.freeze(types), typeByName, schemas: documents.schemas });
}

function compileResourceType(
  definition: ResourceTypeDefinition,
  definitions: ReadonlyMap<string, SchemaDefinition>,
  common: readonly Attribute[],
  externalIdUnique: boolean,
): ResourceType {
  const where = `resource type ${definition.name}`;
  const find = (urn: string): SchemaDefinition => {
    const found = definitions.get(urn);
    if (found === undefined) throw new SchemaDefinitionError(`${where}: no schema ${urn}`);
    return found;
  };
  const commonNames = new Set(common.map((attribute) => attribute.name.toLowerCase()));
  const compiled = compileSchema(find(definition.schema), false);
  // The reference's schema files list common attributes among their own; the common ones win.
  const own = compiled.attributes.filter(({ name }) => !commonNames.has(name.toLowerCase()));
  const schema: Schema = { ...compiled, attributes: own, byName: byName(own) };
  const extensions = definition.schemaExtensions.map((extension) => ({
    schema: compileSchema(find(extension.schema), true),
    required: extension.required,
  }));
  const top = [...common, ...schema.attributes];
  const all = [...top, ...extensions.flatMap((extension) => extension.schema.attributes)];
  const bare = {
    name: definition.name,
    endpoint: definition.endpoint,
    definition,
    collection: definition.collection,
    schema,
    extensions,
    attributes: byName(top),
    extensionByUrn: new Map(extensions.map(({ schema: s }) => [s.id.toLowerCase(), s])),
    all,
    unique: [],
    indexed: [],
    relations: [],
    inverses: [],
    references: [],
    display: undefined,
    defaults: [],
    keptOnReplace: [],
    peers: { byEndpoint: new Map(), foreignSchemas: new Set() },
  } satisfies ResourceType;
  return derive(bare, definition, externalIdUnique);
}

/** Adds what follows from the attributes: indexes, relations, references. */
function derive(
  type: ResourceType,
  definition: ResourceTypeDefinition,
  externalIdUnique: boolean,
): ResourceType {
  const at = (text: string): AttributePath => {
    const found = resolvePath(type, text);
    if (found?.kind === 'attribute') return { attribute: found.attribute, sub: found.sub };
    throw new SchemaDefinitionError(`resource type ${type.name}: no attribute ${text}`);
  };
  const relations: Relation[] = Object.entries(definition.relations ?? {}).map(
    ([name, relation]) => ({ attribute: at(name).attribute, types: relation.types }),
  );
  const inverses: Inverse[] = Object.entries(definition.inverses ?? {}).map(([name, inverse]) => ({
    attribute: at(name).attribute,
    ...inverse,
  }));
  const computed = new Set([...relations, ...inverses].map(({ attribute }) => attribute));
  const references = type.all.filter(
    (attribute) => attribute.type === 'complex' && !computed.has(attribute) && refers(attribute),
  );
  const unique = type.all.flatMap((attribute) => uniquePaths(attribute));
  if (externalIdUnique) unique.push(at('externalId'));
  const indexed = [
    ...unique,
    ...(definition.indexed ?? []).map(at),
    ...[...relations.map((relation) => relation.attribute), ...references].map((attribute) =>
      at(`${attribute.path}.value`),
    ),
  ];
  return Object.freeze({
    ...type,
    relations,
    inverses,
    references,
    unique,
    indexed: indexed.filter((path, i) => indexed.findIndex((other) => samePath(path, other)) === i),
    display: definition.display === undefined ? undefined : at(definition.display).attribute,
    defaults: Object.entries(definition.defaults ?? {}).map(([name, value]) => ({
      attribute: at(name).attribute,
      value,
    })),
    keptOnReplace: (definition.keptOnReplace ?? []).map((name) => at(name).attribute),
  });
}

function peersOf(type: ResourceType, types: readonly ResourceType[]): Peers {
  const schemas = ({ schema, extensions }: ResourceType) =>
    [schema, ...extensions.map((extension) => extension.schema)].map(({ id }) => id.toLowerCase());
  const own = new Set(schemas(type));
  return Object.freeze({
    byEndpoint: new Map(types.map(({ endpoint, name }) => [endpoint.toLowerCase(), name])),
    foreignSchemas: new Set(types.flatMap(schemas).filter((id) => !own.has(id))),
  });
}

/** `id` is unique by being the key; a complex attribute has no uniqueness of its own (§2.3.8). */
function uniquePaths(attribute: Attribute): AttributePath[] {
  if (attribute.name === 'id') return [];
  if (attribute.type === 'complex') {
    return attribute.subAttributes
      .filter((sub) => sub.uniqueness !== 'none')
      .map((sub) => ({ attribute, sub }));
  }
  return attribute.uniqueness === 'none' ? [] : [{ attribute, sub: undefined }];
}

function refers(attribute: Attribute): boolean {
  const targets = attribute.subByName.get('$ref')?.referenceTypes ?? [];
  return (
    attribute.subByName.has('value') &&
    targets.some((name) => name !== 'external' && name !== 'uri')
  );
}

function checkTargets(type: ResourceType, types: ReadonlyMap<string, ResourceType>): void {
  const names = [
    ...type.relations.flatMap((relation) => relation.types),
    ...type.inverses.map((inverse) => inverse.type),
  ];
  for (const name of names) {
    if (!types.has(name)) {
      throw new SchemaDefinitionError(`resource type ${type.name}: no resource type ${name}`);
    }
  }
}
