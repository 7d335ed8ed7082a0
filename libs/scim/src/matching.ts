import { dateTimeKey } from './date-time.js';
import type { Json } from './json.js';
import { prepareCaseExact, prepareCaseIgnore, prepareUserName } from './prepare.js';

/**
 * How values of an attribute are compared (RFC 7643 §2.2, §2.3; RFC 7644 §3.4.2.2). `userName` is
 * the UsernameCaseMapped preparation of RFC 8265, for case-insensitive unique attributes.
 */
export type MatchingRule =
  | 'caseIgnore'
  | 'caseExact'
  | 'userName'
  | 'boolean'
  | 'number'
  | 'dateTime'
  | 'binary'
  | 'none';

/** What two values are compared by: `===` is equality, `compareKeys` is order. */
export type Key = string | number | boolean;

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const FIRST_SURROGATE = 0xd800;
const FIRST_AFTER_SURROGATES = 0xe000;

/**
 * The one place that turns a kept value into what `eq`, order, uniqueness and indexes compare.
 * Strings are prepared by the rule, a dateTime becomes its instant (see `dateTimeKey`), binary
 * becomes its bytes in hexadecimal.
 * @returns undefined for no value, and for one that is not of the rule's type
 */
export function comparable(rule: MatchingRule, value: Json | undefined): Key | undefined {
  switch (rule) {
    case 'caseIgnore':
      return typeof value === 'string' ? prepareCaseIgnore(value) : undefined;
    case 'caseExact':
      return typeof value === 'string' ? prepareCaseExact(value) : undefined;
    case 'userName':
      return typeof value === 'string' ? prepareUserName(value) : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'number':
      return typeof value === 'number' ? value : undefined;
    case 'dateTime':
      return typeof value === 'string' ? dateTimeKey(value) : undefined;
    case 'binary':
      return typeof value === 'string' ? binaryKey(value) : undefined;
    case 'none':
      return undefined;
  }
}

/**
 * The bytes of base64 or base64url, padded or not, as hexadecimal digits; their order is that of
 * the bytes (RFC 7643 §2.3.6). @returns undefined for anything else
 */
export function binaryKey(text: string): string | undefined {
  if (!BASE64.test(text)) return undefined;
  const digits = text.endsWith('=') ? text.slice(0, text.indexOf('=')).length : text.length;
  if (digits % 4 === 1) return undefined;
  return Buffer.from(text, 'base64').toString('hex');
}

/**
 * A total order of keys: false before true, numbers by size, strings by Unicode code point without
 * locale (RFC 7644 §3.4.2.3). Keys of one attribute have one type; of several, booleans come first,
 * then numbers, then strings.
 */
export function compareKeys(a: Key, b: Key): number {
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  if (typeof a !== typeof b) return typeRank(a) - typeRank(b);
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function typeRank(key: Key): number {
  if (typeof key === 'boolean') return 0;
  return typeof key === 'number' ? 1 : 2;
}

/**
 * By code point. UTF-16 units agree with that except where a surrogate, which stands for a code
 * point above U+FFFF, meets a unit above the surrogates.
 */
function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= FIRST_SURROGATE && y >= FIRST_SURROGATE) {
      const xHigh = x < FIRST_AFTER_SURROGATES;
      if (xHigh !== y < FIRST_AFTER_SURROGATES) return xHigh ? 1 : -1;
    }
    return x < y ? -1 : 1;
  }
  return a.length - b.length;
}
