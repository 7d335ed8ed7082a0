import { dateTimeKey } from '../date-time.js';
import { invalidValue } from '../errors.js';
import { isArray, type Json } from '../json.js';
import { ExponentNumber } from '../reader/exponent-number.js';
import type { Attribute } from '../schema/attribute.js';

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const BASE64_ANY = /^[A-Za-z0-9+/_-]*={0,2}$/;

const EXPECTED = {
  string: 'a string',
  reference: 'a string that holds a URI',
  boolean: 'true or false',
  integer: 'a whole number without fraction or exponent',
  decimal: 'a number',
  dateTime: 'a date and time such as 2026-01-31T08:30:00Z',
  binary: 'a string in base64',
  complex: 'an object',
} as const;

/**
 * Checks one value of a simple attribute (RFC 7643 §2.3). Values are kept as sent; only a boolean
 * in a string is converted, as Entra sends them.
 * @returns undefined if the value assigns nothing
 * @throws ScimError invalidValue naming the attribute
 */
export function parseSimple(attribute: Attribute, value: Json, strict: boolean): Json | undefined {
  if (value instanceof ExponentNumber && attribute.type === 'decimal') {
    return parseSimple(attribute, value.valueOf(), strict);
  }
  // SRAM sends "" for everything it has no value for.
  if (value === '' && !strict && !isTextual(attribute)) return undefined;
  switch (attribute.type) {
    case 'string':
    case 'reference':
      if (typeof value === 'string') return value;
      break;
    case 'boolean': {
      if (typeof value === 'boolean') return value;
      const word = typeof value === 'string' && !strict ? value.toLowerCase() : '';
      if (word === 'true' || word === 'false') return word === 'true';
      break;
    }
    case 'integer':
      if (Number.isSafeInteger(value)) return value;
      break;
    case 'decimal':
      if (typeof value === 'number' && Number.isFinite(value)) return value;
      break;
    case 'dateTime':
      if (typeof value === 'string' && dateTimeKey(value) !== undefined) return value;
      break;
    case 'binary':
      if (typeof value === 'string' && isBase64(value, strict)) return value;
      break;
    case 'complex':
      break;
  }
  throw wrongType(attribute, value);
}

/** The error for a value that an attribute cannot take; it never repeats the value itself. */
export function wrongType(attribute: Attribute, value: Json) {
  const expected = EXPECTED[attribute.type];
  const list = attribute.multiValued ? `${expected} in each element` : expected;
  return invalidValue(`${attribute.path} must be ${list}, not ${describe(value)}.`);
}

function describe(value: Json): string {
  if (value === null) return 'null';
  if (isArray(value)) return 'an array';
  if (value instanceof ExponentNumber) return 'a number with an exponent';
  switch (typeof value) {
    case 'object':
      return 'an object';
    case 'string':
      return 'this string';
    default:
      return `the ${typeof value} ${String(value)}`;
  }
}

function isTextual({ type }: Attribute): boolean {
  return type === 'string' || type === 'reference';
}

/** RFC 7643 §2.3.6; unpadded and base64url are leniencies. */
function isBase64(text: string, strict: boolean): boolean {
  if (strict) return BASE64.test(text) && text.length % 4 === 0;
  if (!BASE64_ANY.test(text)) return false;
  return text.endsWith('=') ? text.length % 4 === 0 : text.length % 4 !== 1;
}
