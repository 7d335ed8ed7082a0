import { hash } from 'node:crypto';
import { afterPrefix } from '#backend';
import { comparable, type Json, type Key, LONGEST_SORT_KEY, type MatchingRule } from '#scim';

/** Most code points of a key; with four bytes each it fits into an index of every database. */
const MOST = 640;
/** What is kept of a longer one: as much as is sorted by. */
const PREFIX = LONGEST_SORT_KEY;
/** Sorts behind every other character. */
const LAST = '\u{10ffff}';

/** Characters that are written as two: NUL, which PostgreSQL does not keep, and those of the signs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to be replaced.
const SPECIAL = /[\0-\x05]|\ue000|\p{Surrogate}/gu;
const SECOND = ['\x03', '\x04', '\x05'] as const;
/** Base 3: as many digits as the halves of surrogate pairs and U+E000 need. */
const DIGITS = 7;

/**
 * Prepared values as the database keeps them, next to `details`: strings as they are, booleans as
 * `false` and `true`, which sort so too. Characters that a database cannot keep are written as a first
 * sign and further ones, neither of which stands for anything else, so that order, parts, beginnings
 * and ends stay what they are: U+0000 to U+0002 begin with U+0001, U+0003 to U+0005 with U+0002, halves
 * of surrogate pairs and what comes after them with U+E000.
 */
export function storedKey(key: Key): string | number {
  if (typeof key === 'number') return key;
  return typeof key === 'boolean' ? String(key) : key.replaceAll(SPECIAL, written);
}

function written(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code < 6) return (code < 3 ? '\x01' : '\x02') + second(code % 3);
  const digits = (code - 0xd800).toString(3).padStart(DIGITS, '0');
  return `\ue000${Array.from(digits, (digit) => second(Number(digit))).join('')}`;
}

function second(digit: number): string {
  return SECOND[digit] ?? '';
}

/** The key of a value under a rule; undefined if it has none. */
export function keyOf(rule: MatchingRule, value: Json | undefined): string | number | undefined {
  const key = comparable(rule, value);
  return key === undefined ? undefined : storedKey(key);
}

/** A key of one of many values: what is longer ends in its hash, equal for equal keys only. */
export function valueKey(key: string | number): string {
  const text = String(key);
  if (text.length <= MOST / 2) return text;
  const points = Array.from(text);
  if (points.length <= MOST) return text;
  return `${points.slice(0, PREFIX).join('')}${LAST}${hash('sha256', text, 'hex')}`;
}

/** A key of the value of a resource. */
export interface SortedKey {
  /** The key itself, or what is sorted by of a longer one, and a mark: lists go by it. */
  readonly text: string;
  /** Tells longer keys apart that begin alike; 0 for all others. */
  readonly tail: number;
}

export function sortedKey(key: string | number): SortedKey {
  const text = String(key);
  if (text.length < PREFIX) return { text, tail: 0 };
  const points = Array.from(text);
  if (points.length < PREFIX) return { text, tail: 0 };
  const tail = Number.parseInt(hash('sha256', text, 'hex').slice(0, 13), 16);
  return { text: `${points.slice(0, PREFIX).join('')}${LAST}`, tail };
}

/**
 * The range of index keys that begin with a prefix.
 * @returns undefined when the prefix is longer than what an index key keeps
 */
export function prefixRange(
  prefix: string,
): { readonly from: string; readonly below: string | undefined } | undefined {
  if (Array.from(prefix).length > PREFIX) return undefined;
  return { from: prefix, below: afterPrefix(prefix) };
}
