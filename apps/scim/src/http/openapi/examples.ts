import { createHash } from 'node:crypto';
import {
  type Attribute,
  isObject,
  type Json,
  type JsonObject,
  MessageUrn,
  type MutableJsonObject,
  type ResourceType,
} from '#scim';

/** Bodies to choose from; the first is what the interface offers to send. */
export type Examples = Readonly<
  Record<string, { readonly summary: string; readonly value: JsonObject }>
>;

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

/** Bodies that create one: as small as it can be, and with relations to what was created before. */
export function createExamples(type: ResourceType): Examples {
  const value = resourceExample(type);
  const related = type.relations.flatMap(({ attribute, types: [target] }) =>
    target === undefined ? [] : [[attribute.name, [{ value: exampleId(target) }]] as const],
  );
  return {
    plain: { summary: `A ${type.name}`, value },
    ...(related.length === 0
      ? {}
      : {
          related: {
            summary: `With ${related.map(([name]) => name).join(', ')}`,
            value: { ...value, ...Object.fromEntries(related) },
          },
        }),
  };
}

/** Where examples of absolute locations point. */
export const BASE = 'https://scim.example.org';

/**
 * The id that examples give to a resource of a type, another one for each: the interface puts that of
 * what was created last in its place.
 */
export function exampleId(type: string): string {
  const hex = createHash('sha256').update(type).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join('-');
}

/** The same as an answer shows it. */
export function answerExample(type: ResourceType): JsonObject {
  const { schemas, ...rest } = resourceExample(type);
  return {
    schemas,
    id: exampleId(type.name),
    ...rest,
    meta: {
      resourceType: type.name,
      created: '2026-01-31T12:00:00.000Z',
      lastModified: '2026-01-31T12:00:00.000Z',
      location: `${BASE}${type.endpoint}/${exampleId(type.name)}`,
      version: 'W/"1"',
    },
  };
}

/** A message that announces the first type's example. */
export function eventExample([type]: readonly ResourceType[]): JsonObject {
  if (type === undefined) return {};
  const { meta, ...rest } = answerExample(type);
  const location = `${type.endpoint}/${exampleId(type.name)}`;
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

export function searchExample(filter: string): Examples {
  const value = { schemas: [MessageUrn.SearchRequest], filter, startIndex: 1, count: 10 };
  return { some: { summary: filter, value } };
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
