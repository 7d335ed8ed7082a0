import { isObject, type Json } from '../json.js';
import type { RelationDefinition, ResourceTypeDefinition } from './definition.js';
import type { Report } from './parse-schema.js';

/** A resource type as its file states it; what is left out follows from the other files. */
export type ResourceTypeFile = Partial<Omit<ResourceTypeDefinition, 'name'>>;

const READERS: Readonly<Record<keyof ResourceTypeDefinition, (value: Json) => boolean>> = {
  name: isText,
  description: isText,
  endpoint: isText,
  schema: isText,
  schemaExtensions: listOf(
    (item) => isObject(item) && isText(item.schema) && typeof item.required === 'boolean',
  ),
  collection: isText,
  display: isText,
  unique: listOf(isText),
  indexed: listOf(isText),
  relations: mapOf((item) => isObject(item) && listOf(isText)(item.types)),
  inverses: mapOf((item) => isObject(item) && isText(item.type) && isText(item.relation)),
  defaults: mapOf((item) => ['string', 'number', 'boolean'].includes(typeof item)),
  keptOnReplace: listOf(isText),
};
const EXPECTED: Readonly<Partial<Record<keyof ResourceTypeDefinition, string>>> = {
  schemaExtensions: 'a list of {"schema": URN, "required": true or false}',
  unique: 'a list of attribute paths',
  indexed: 'a list of attribute paths',
  relations: 'an object such as {"members": {"types": ["User"]}}',
  inverses: 'an object such as {"groups": {"type": "Group", "relation": "members"}}',
  defaults: 'an object of attribute names and simple values',
  keptOnReplace: 'a list of attribute names',
};

/** Reads `resource-types/<name>.json`; reports everything that is wrong and leaves it out. */
export function parseResourceType(value: unknown, name: string, report: Report): ResourceTypeFile {
  if (!isObject(value)) {
    report('is not a JSON object');
    return {};
  }
  const read: Record<string, Json> = {};
  for (const [member, given] of Object.entries(value)) {
    if (!isMember(member)) {
      if (!['id', 'schemas', 'meta'].includes(member)) {
        report(`"${member}" is not a known member`);
      }
    } else if (given === undefined || !READERS[member](given)) {
      report(`"${member}" is not ${EXPECTED[member] ?? 'a string'}`);
    } else {
      read[member] = given;
    }
  }
  if (value.name !== undefined && value.name !== name) {
    report(`"name" is not ${name}, as the name of the file says`);
  }
  return read as ResourceTypeFile & { relations?: Record<string, RelationDefinition> };
}

function isMember(member: string): member is keyof ResourceTypeDefinition {
  return Object.hasOwn(READERS, member);
}

function isText(value: Json | undefined): boolean {
  return typeof value === 'string' && value !== '';
}

function listOf(check: (item: Json) => boolean): (value: Json | undefined) => boolean {
  return (value) => Array.isArray(value) && value.every(check);
}

function mapOf(check: (item: Json) => boolean): (value: Json | undefined) => boolean {
  return (value) =>
    isObject(value) && Object.values(value).every((item) => item !== undefined && check(item));
}
