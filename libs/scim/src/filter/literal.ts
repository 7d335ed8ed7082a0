import { invalidFilter } from '../errors.js';
import { comparable } from '../matching.js';
import type { Attribute } from '../schema/attribute.js';
import type { AttributeType } from '../schema/definition.js';
import type { CompareFilter } from './ast.js';
import type { CompareOperator } from './syntax.js';

const EQUALITY: readonly CompareOperator[] = ['eq', 'ne'];
const ORDERED: readonly CompareOperator[] = [...EQUALITY, 'gt', 'ge', 'lt', 'le'];
const TEXT: readonly CompareOperator[] = [...ORDERED, 'co', 'sw', 'ew'];

/** Operators by type (RFC 7644 §3.4.2.2); substrings are only defined for strings. */
const ALLOWED: Readonly<Record<AttributeType, readonly CompareOperator[]>> = {
  string: TEXT,
  reference: TEXT,
  dateTime: ORDERED,
  integer: ORDERED,
  decimal: ORDERED,
  boolean: EQUALITY,
  binary: EQUALITY,
  complex: [],
};

const EXPECTED: Readonly<Record<AttributeType, string>> = {
  string: 'text in double quotes',
  reference: 'a URI in double quotes',
  dateTime: 'a date and time in double quotes, such as "2011-05-13T04:42:34Z"',
  integer: 'a number',
  decimal: 'a number',
  boolean: 'true or false',
  binary: 'base64 in double quotes',
  complex: 'one of its sub-attributes',
};

/** @throws ScimError 400 invalidFilter when values of the type cannot be compared like this */
export function checkOperator(attribute: Attribute, operator: CompareOperator, at: string): void {
  const allowed = ALLOWED[attribute.type];
  if (allowed.includes(operator)) return;
  throw invalidFilter(
    `The filter is wrong at ${at}: ${attribute.path} is of type ${attribute.type}, ` +
      `which knows ${allowed.join(', ')} and pr, but not ${operator}.`,
  );
}

/**
 * The literal in the attribute's type. `lenient` reads `"True"` as the boolean, as Entra sends it.
 * @throws ScimError 400 invalidFilter when it is of another type; the value is not repeated
 */
export function convertLiteral(
  attribute: Attribute,
  value: string | number | boolean,
  lenient: boolean,
  at: string,
): CompareFilter['value'] {
  const converted = lenient && attribute.type === 'boolean' ? unquoted(value) : value;
  if (comparable(attribute.matching, converted) !== undefined) return converted;
  throw invalidFilter(
    `The filter is wrong at ${at}: ${attribute.path} is compared with ${EXPECTED[attribute.type]}.`,
  );
}

function unquoted(value: string | number | boolean): string | number | boolean {
  if (typeof value !== 'string') return value;
  const lower = value.toLowerCase();
  if (lower === 'true') return true;
  return lower === 'false' ? false : value;
}
