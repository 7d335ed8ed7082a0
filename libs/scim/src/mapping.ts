import { invalidValue } from './errors.js';
import { isArray, isObject, type Json, type JsonObject } from './json.js';
import { type AttributePath, leaf } from './schema/attribute.js';
import { resolvePath } from './schema/path.js';
import type { ResourceType } from './schema/resource-type.js';
import { attributeValue } from './schema/values.js';
import { parseAttributeValue } from './validation/attribute-value.js';
import { normalise } from './validation/normalise.js';

/** Names that existing configurations use for the SRAM extensions. */
const ALIASES: Readonly<Record<string, string>> = {
  sram_user_extension: 'urn:mace:surf.nl:sram:scim:extension:User',
  sram_group_extension: 'urn:mace:surf.nl:sram:scim:extension:Group',
};

/** A mapping that cannot work; the message lists everything that is wrong with it. */
export class MappingError extends Error {
  override readonly name = 'MappingError';
}

/** Applies a mapping to attributes in their kept form; `id` is set where the mapping chooses it. */
export type AttributeMapping = <T extends JsonObject>(attributes: T) => T;

interface Rule {
  readonly target: AttributePath;
  readonly source: AttributePath;
}

/**
 * Compiles USER_MAPPING or GROUP_MAPPING: target attribute → path of the attribute whose value it
 * gets, as in `{"userName": "sram_user_extension.eduPersonUniqueId"}`. A path without a value (or
 * with `""`) leaves its target alone.
 * @throws MappingError for a target or path that the type does not have
 */
export function compileMapping(
  mapping: Readonly<Record<string, unknown>>,
  type: ResourceType,
): AttributeMapping {
  const problems: string[] = [];
  const rules = Object.entries(mapping).flatMap(([target, path]): Rule[] => {
    const to = find(type, target);
    const from = typeof path === 'string' ? find(type, path) : undefined;
    const problem = problemOf(type, target, to, path, from);
    if (problem !== undefined) problems.push(problem);
    return to === undefined || from === undefined ? [] : [{ target: to, source: from }];
  });
  if (problems.length > 0) throw new MappingError(problems.join('\n'));
  if (rules.length === 0) return (attributes) => attributes;
  return <T extends JsonObject>(attributes: T): T => {
    // Every rule reads what the client meant, not what another rule made of it.
    const mapped = rules.reduce<JsonObject>((result, { target, source }) => {
      const value = firstValue(attributes, source);
      return value === undefined ? result : assign(type, result, target, value);
    }, attributes);
    return mapped === attributes ? attributes : (normalise(mapped, type) as T);
  };
}

function find(type: ResourceType, text: string): AttributePath | undefined {
  const [first = '', ...rest] = text.split('.');
  const urn = ALIASES[first.toLowerCase()];
  const path = urn === undefined ? text : `${urn}:${rest.join('.')}`;
  const found = resolvePath(type, path);
  return found?.kind === 'attribute' ? found : undefined;
}

function problemOf(
  type: ResourceType,
  target: string,
  to: AttributePath | undefined,
  path: unknown,
  from: AttributePath | undefined,
): string | undefined {
  if (to === undefined) return `${type.name} has no attribute "${target}" to map to`;
  if (from === undefined) return `"${target}": ${type.name} has no attribute "${String(path)}"`;
  const isRelation = type.relations.some(({ attribute }) => attribute === to.attribute);
  const isFixed = to.attribute.mutability === 'readOnly' || leaf(to).mutability === 'readOnly';
  if ((isFixed && !isId(type, to)) || isRelation || to.attribute.name === 'schemas') {
    return `"${target}" cannot be mapped to: the service sets it itself`;
  }
  if ((leaf(to).type === 'complex') !== (leaf(from).type === 'complex')) {
    return `"${target}" and "${String(path)}" are of different types`;
  }
  return undefined;
}

function isId(type: ResourceType, { attribute }: AttributePath): boolean {
  return attribute === type.attributes.get('id');
}

/** The value at a path; of a multi-valued attribute's part, that of the preferred element. */
function firstValue(resource: JsonObject, { attribute, sub }: AttributePath): Json | undefined {
  const value = attributeValue(resource, attribute);
  const found = sub === undefined ? value : part(preferred(value), sub.name);
  return found === '' || found === null ? undefined : found;
}

function preferred(value: Json | undefined): Json | undefined {
  if (!isArray(value)) return value;
  return value.find((element) => isObject(element) && element.primary === true) ?? value[0];
}

function part(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) ? value[name] : undefined;
}

function assign(
  type: ResourceType,
  resource: JsonObject,
  target: AttributePath,
  value: Json,
): JsonObject {
  const { attribute, sub } = target;
  const wanted = leaf(target);
  const isText =
    wanted.type === 'string' && (typeof value === 'number' || typeof value === 'boolean');
  // A list becomes the value of a singular attribute by its first element.
  const one = !wanted.multiValued && isArray(value) ? preferred(value) : value;
  const parsed = parseAttributeValue(type, wanted, isText ? String(value) : (one ?? null));
  if (parsed === undefined) return resource;
  if (isId(type, target)) checkId(parsed);
  const before = attributeValue(resource, attribute);
  const after =
    sub === undefined ? parsed : withPart(attribute.multiValued, before, sub.name, parsed);
  if (attribute.extension === undefined) return { ...resource, [attribute.name]: after };
  const extension = resource[attribute.extension];
  const members = isObject(extension) ? extension : {};
  return { ...resource, [attribute.extension]: { ...members, [attribute.name]: after } };
}

function withPart(multi: boolean, before: Json | undefined, name: string, value: Json): Json {
  if (!multi) return { ...(isObject(before) ? before : {}), [name]: value };
  const elements = isArray(before) ? before : [];
  const chosen = preferred(elements);
  if (!isObject(chosen)) return [{ [name]: value }];
  return elements.map((element) => (element === chosen ? { ...chosen, [name]: value } : element));
}

/** RFC 7643 §3.1; and every client takes dots out of a URL before it asks (RFC 3986 §5.2.4). */
function checkId(id: Json): void {
  if (id === '.' || id === '..') throw invalidValue(`An id cannot be "${id}": no URL leads to it.`);
  // RFC 7644 §3.4.3: a search, in any letter case, since paths are found in any.
  if (String(id).toLowerCase() === '.search') throw invalidValue('An id cannot be ".search".');
  if (String(id).includes('bulkId')) throw invalidValue('An id must not contain "bulkId".');
}
