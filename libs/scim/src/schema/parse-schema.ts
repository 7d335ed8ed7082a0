import { isObject } from '../json.js';
import {
  ATTRIBUTE_TYPES,
  type AttributeDefinition,
  type AttributeType,
  MUTABILITIES,
  RETURNED,
  type SchemaDefinition,
  UNIQUENESS,
} from './definition.js';

/** Takes one message about what is wrong with a document, for the person who wrote it. */
export type Report = (message: string) => void;

const SCHEMA_MEMBERS = ['id', 'name', 'description', 'attributes', 'schemas', 'meta'];
const ATTRIBUTE_MEMBERS = [
  'name',
  'type',
  'description',
  'multiValued',
  'required',
  'canonicalValues',
  'caseExact',
  'mutability',
  'returned',
  'uniqueness',
  'referenceTypes',
  'subAttributes',
];
/** The reference's own User schema spells it so, and people have copied that file. */
const MISSPELT: Readonly<Record<string, string>> = { booelean: 'boolean' };

/**
 * Reads a schema document and states every characteristic that applies, in the spelling of RFC 7643
 * §2.2, so that what is published is what is enforced. Reports everything that is wrong.
 * @returns undefined if the document has no usable id or attributes
 */
export function parseSchema(value: unknown, report: Report): SchemaDefinition | undefined {
  if (!isObject(value)) {
    report('is not a JSON object');
    return undefined;
  }
  reportUnknown(value, SCHEMA_MEMBERS, '', report);
  const { id, name, description } = value;
  if (typeof id !== 'string' || !/^urn:[^\s:]+:\S+$/i.test(id)) {
    report(id === undefined ? 'has no "id", the URN of the schema' : '"id" is not a URN');
    return undefined;
  }
  if (name !== undefined && typeof name !== 'string') report('"name" is not a string');
  const attributes = parseAttributes(value.attributes, 'attributes', '', report);
  return Object.freeze({
    id,
    name: typeof name === 'string' ? name : id,
    ...(typeof description === 'string' ? { description } : {}),
    attributes,
  });
}

/** Reads a list of attribute definitions, as `attributes`, `subAttributes` or the common ones. */
export function parseAttributes(
  value: unknown,
  member: string,
  parent: string,
  report: Report,
): readonly AttributeDefinition[] {
  if (!Array.isArray(value)) {
    report(`${at(parent)}"${member}" is not a list of attributes`);
    return [];
  }
  const seen = new Set<string>();
  return Object.freeze(
    value.flatMap((item: unknown) => {
      const attribute = parseAttribute(item, parent, report);
      if (attribute === undefined) return [];
      const key = attribute.name.toLowerCase();
      if (seen.has(key)) report(`${at(parent)}attribute ${attribute.name} is defined twice`);
      seen.add(key);
      return [attribute];
    }),
  );
}

function parseAttribute(
  value: unknown,
  parent: string,
  report: Report,
): AttributeDefinition | undefined {
  if (!isObject(value) || typeof value.name !== 'string') {
    report(`${at(parent)}an attribute is not an object with a "name"`);
    return undefined;
  }
  const name = value.name;
  const path = parent === '' ? name : `${parent}.${name}`;
  reportUnknown(value, ATTRIBUTE_MEMBERS, path, report);
  const flag = (member: string, otherwise: boolean): boolean => {
    const given = value[member];
    if (given !== undefined && typeof given !== 'boolean') {
      report(`${at(path)}"${member}" is neither true nor false`);
    }
    return typeof given === 'boolean' ? given : otherwise;
  };
  const strings = (member: string): readonly string[] => {
    const given = value[member] ?? [];
    if (Array.isArray(given) && given.every((item) => typeof item === 'string')) return given;
    report(`${at(path)}"${member}" is not a list of strings`);
    return [];
  };
  const keyword = <T extends string>(member: string, allowed: readonly T[], otherwise: T): T => {
    const given = value[member];
    if (given === undefined) return otherwise;
    // The reference's schema files write `datetime`, so keywords are read in any case.
    const text = String(given).toLowerCase();
    const found = allowed.find((word) => word.toLowerCase() === (MISSPELT[text] ?? text));
    if (found === undefined) {
      report(`${at(path)}${member} "${String(given)}" is not one of ${allowed.join(', ')}`);
    }
    return found ?? otherwise;
  };
  const type = keyword('type', ATTRIBUTE_TYPES, 'string');
  const mutability = keyword('mutability', MUTABILITIES, 'readWrite');
  const returned = keyword('returned', RETURNED, 'default');
  const uniqueness = keyword('uniqueness', UNIQUENESS, 'none');
  const canonicalValues = strings('canonicalValues');
  const referenceTypes = strings('referenceTypes');
  const caseExact = flag('caseExact', false);
  if (type !== 'complex' && value.subAttributes !== undefined) {
    report(`${at(path)}only a complex attribute has "subAttributes"`);
  }
  return Object.freeze({
    name,
    type,
    multiValued: flag('multiValued', false),
    description: typeof value.description === 'string' ? value.description : name,
    required: flag('required', false),
    ...(canonicalValues.length === 0 ? {} : { canonicalValues }),
    ...(hasCase(type) ? { caseExact: alwaysExact(type) || caseExact } : {}),
    mutability,
    // RFC 7643 §2.2: a writeOnly attribute is not returned, whatever the document says.
    returned: mutability === 'writeOnly' ? 'never' : returned,
    // RFC 7643 §2.3.2, §2.3.8: neither booleans nor complex attributes have a uniqueness.
    ...(type === 'boolean' || type === 'complex' ? {} : { uniqueness }),
    ...(type === 'reference' && referenceTypes.length > 0 ? { referenceTypes } : {}),
    ...(type === 'complex'
      ? { subAttributes: parseAttributes(value.subAttributes, 'subAttributes', path, report) }
      : {}),
  });
}

function hasCase(type: AttributeType): boolean {
  return type === 'string' || alwaysExact(type);
}

/** RFC 7643 §2.3.6, §2.3.7. */
function alwaysExact(type: AttributeType): boolean {
  return type === 'binary' || type === 'reference';
}

function reportUnknown(
  value: object,
  known: readonly string[],
  path: string,
  report: Report,
): void {
  for (const member of Object.keys(value)) {
    if (known.includes(member)) continue;
    const meant = known.find((name) => name.toLowerCase() === member.toLowerCase());
    const hint = meant === undefined ? '' : `, did you mean "${meant}"?`;
    report(`${at(path)}"${member}" is not a known member${hint}`);
  }
}

function at(path: string): string {
  return path === '' ? '' : `attribute ${path}: `;
}
