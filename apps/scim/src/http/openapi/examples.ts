import {
  type Attribute,
  isObject,
  type Json,
  type JsonObject,
  MessageUrn,
  type MutableJsonObject,
  type ResourceType,
  type SchemaRegistry,
} from '#scim';

/** What newcomers find in the interface, by resource type: data, filtered by what the schema has. */
const RESOURCES: Readonly<Record<string, JsonObject>> = {
  User: {
    userName: 'bjensen',
    externalId: 'bjensen@example.org',
    name: { givenName: 'Barbara', familyName: 'Jensen' },
    displayName: 'Barbara Jensen',
    active: true,
    emails: [{ value: 'bjensen@example.org', type: 'work', primary: true }],
  },
  Group: { displayName: 'Tour Guides', externalId: 'tour-guides@example.org' },
};

const SIMPLE: Readonly<Record<Attribute['type'], Json>> = {
  string: 'example',
  boolean: true,
  decimal: 1.5,
  integer: 1,
  dateTime: '2026-01-31T12:00:00Z',
  binary: 'ZXhhbXBsZQ==',
  reference: 'https://example.org/',
  complex: {},
};

/** A body that creates a resource of the type. */
export function resourceExample(type: ResourceType): JsonObject {
  const example: MutableJsonObject = { schemas: [type.schema.id] };
  const data = RESOURCES[type.name] ?? {};
  for (const attribute of type.attributes.values()) {
    const value = data[attribute.name];
    if (value !== undefined) example[attribute.name] = value;
    else if (
      attribute.required &&
      attribute.mutability !== 'readOnly' &&
      !(attribute.name in example)
    ) {
      example[attribute.name] = sample(attribute);
    }
  }
  for (const { schema, required } of type.extensions) {
    if (!required) continue;
    example.schemas = [...(example.schemas as readonly string[]), schema.id];
    example[schema.id] = requiredOf(schema.attributes);
  }
  return example;
}

/** Where examples of absolute locations point. */
const BASE = 'https://scim.example.org';
const ID = '7f3c1a52-0d2e-4c1b-9a44-6b8f6f1f2a10';

/** The same as an answer shows it. */
export function answerExample(type: ResourceType): JsonObject {
  const { schemas, ...rest } = resourceExample(type);
  return {
    schemas,
    id: ID,
    ...rest,
    meta: {
      resourceType: type.name,
      created: '2026-01-31T12:00:00.000Z',
      lastModified: '2026-01-31T12:00:00.000Z',
      location: `${BASE}${type.endpoint}/${ID}`,
      version: 'W/"1"',
    },
  };
}

/** A message that announces the first type's example. */
export function eventExample([type]: readonly ResourceType[]): JsonObject {
  if (type === undefined) return {};
  const { meta, ...rest } = answerExample(type);
  const location = `${type.endpoint}/${ID}`;
  return {
    operation: 'Create',
    resource: { ...rest, meta: { ...(isObject(meta) ? meta : {}), location } },
  };
}

/** A page that shows one resource of each type. */
export function listExample(types: readonly ResourceType[]): JsonObject {
  return {
    schemas: [MessageUrn.ListResponse],
    totalResults: types.length,
    startIndex: 1,
    itemsPerPage: types.length,
    Resources: types.map(answerExample),
  };
}

/** A change that succeeds on any resource of the type. */
export function patchExample(type: ResourceType): JsonObject {
  const body = resourceExample(type);
  const flag = [...type.attributes.values()].find(
    ({ type: kind, mutability }) => kind === 'boolean' && mutability === 'readWrite',
  );
  const { display } = type;
  const operation =
    flag !== undefined
      ? { op: 'replace', path: flag.path, value: false }
      : display !== undefined
        ? { op: 'replace', path: display.path, value: `${String(body[display.name])} of Amsterdam` }
        : { op: 'replace', path: 'externalId', value: 'example-1' };
  return { schemas: [MessageUrn.PatchOp], Operations: [operation] };
}

/** A filter that finds the example, and not everything else. */
export function filterExample(type: ResourceType): string {
  const body = resourceExample(type);
  const attribute = [...type.attributes.values()].find(
    ({ required, type: kind, name }) =>
      required && kind === 'string' && typeof body[name] === 'string',
  );
  if (attribute === undefined) return 'meta.created gt "2026-01-01T00:00:00Z"';
  return `${attribute.path} sw "${String(body[attribute.name]).slice(0, 3)}"`;
}

export function searchExample(filter: string): JsonObject {
  return { schemas: [MessageUrn.SearchRequest], filter, startIndex: 1, count: 10 };
}

/** Creates one resource of each type; a relation refers to the first by its bulkId. */
export function bulkExample(registry: SchemaRegistry): JsonObject {
  const bulkIds = new Map<string, string>();
  const operations = byDependency(registry).map((type) => {
    const data: MutableJsonObject = { ...resourceExample(type) };
    for (const { attribute, sub } of type.unique) {
      const value = data[attribute.name];
      if (sub === undefined && typeof value === 'string') data[attribute.name] = `bulk-${value}`;
    }
    for (const { attribute, types } of type.relations) {
      const target = types.map((name) => bulkIds.get(name)).find((bulkId) => bulkId !== undefined);
      if (target !== undefined) data[attribute.name] = [{ value: `bulkId:${target}` }];
    }
    const bulkId = bulkIdOf(type);
    bulkIds.set(type.name, bulkId);
    return { method: 'POST', path: type.endpoint, bulkId, data };
  });
  return { schemas: [MessageUrn.BulkRequest], failOnErrors: 1, Operations: operations };
}

/** The answer to `bulkExample`. */
export function bulkAnswerExample(registry: SchemaRegistry): JsonObject {
  return {
    schemas: [MessageUrn.BulkResponse],
    Operations: byDependency(registry).map((type) => ({
      method: 'POST',
      bulkId: bulkIdOf(type),
      location: `${BASE}${type.endpoint}/${ID}`,
      version: 'W/"1"',
      status: '201',
    })),
  };
}

/** Types without relations first: others refer to them. */
function byDependency(registry: SchemaRegistry): readonly ResourceType[] {
  return [...registry.types].sort((a, b) => a.relations.length - b.relations.length);
}

function bulkIdOf(type: ResourceType): string {
  return `new-${type.name.toLowerCase()}`;
}

function sample(attribute: Attribute): Json {
  const value =
    attribute.type === 'complex' ? requiredOf(attribute.subAttributes) : SIMPLE[attribute.type];
  return attribute.multiValued ? [value] : value;
}

/** Required attributes; of one without any, the first, so that it holds something. */
function requiredOf(attributes: readonly Attribute[]): JsonObject {
  const required = attributes.filter((attribute) => attribute.required);
  const shown = required.length > 0 ? required : attributes.slice(0, 1);
  return Object.fromEntries(shown.map((attribute) => [attribute.name, sample(attribute)]));
}
