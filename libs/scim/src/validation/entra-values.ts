import { isArray, isObject, type Json, type JsonObject } from '../json.js';
import type { Attribute } from '../schema/attribute.js';

/**
 * How Entra writes values beyond the schema, where it is lenient to understand it: every value may
 * come as a list of one, a simple one in it as `{"value": x}`, and a role as JSON in a string.
 */

/**
 * The one value of a singular attribute that came as a list of one; anything else as it is. A plain
 * value in a list is only unwrapped for a complex attribute.
 */
export function listOfOne(attribute: Attribute, value: Json): Json {
  if (!isArray(value) || value.length !== 1) return value;
  const [only = null] = value;
  if (isArray(only)) return value;
  if (attribute.type === 'complex') return only;
  const plain = plainValue(only);
  return plain === only ? value : plain;
}

/** What `{"value": x}`, with nothing else but an empty `$ref`, stands for in a simple attribute. */
export function plainValue(value: Json): Json {
  if (!isObject(value)) return value;
  const { value: plain, $ref, ...others } = value;
  const alone = Object.keys(others).length === 0 && ($ref === undefined || $ref === null);
  return alone && plain !== undefined && !isObject(plain) && !isArray(plain) ? plain : value;
}

/**
 * The parts of an element whose `value` is JSON in a string, as Entra's expression
 * SingleAppRoleAssignment makes it: `{"id":"r1","value":"Admin","displayName":"Admin"}`.
 * @returns undefined for any other text
 */
export function packedElement(
  attribute: Attribute,
  text: Json | undefined,
): JsonObject | undefined {
  if (typeof text !== 'string' || !text.startsWith('{') || !attribute.multiValued) return undefined;
  const inner = parsed(text);
  if (!isObject(inner) || typeof inner.value !== 'string' || inner.value === '') return undefined;
  const display = inner.display ?? inner.displayName;
  const shown = typeof display === 'string' && attribute.subByName.has('display');
  return { value: inner.value, ...(shown ? { display } : {}) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
