import { hash } from 'node:crypto';
import { comparable, type Json, type Key, type MatchingRule } from '#scim';

/** Most code points of a key; with four bytes each it fits into an index of every database. */
const MOST = 640;
/** What is kept of a longer one, so that its prefixes are found and it sorts about right. */
const PREFIX = 512;
/** Sorts behind every other character. */
const LAST = '\u{10ffff}';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these two are what has to be replaced.
const CONTROL = /[\0\x01]/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * Prepared values as the database keeps them, next to `details`: strings as they are, booleans as
 * `false` and `true`, which sort so too. PostgreSQL keeps no NUL: it is written with U+0001, which
 * is then written with U+0001 as well, so that order and parts stay.
 */
export function storedKey(key: Key): string | number {
  if (typeof key === 'number') return key;
  if (typeof key === 'boolean') return String(key);
  return key
    .replaceAll(LONE_SURROGATE, '\ufffd')
    .replaceAll(CONTROL, (char) => (char === '\0' ? '\x01\x01' : '\x01\x02'));
}

/** The key of a value under a rule; undefined if it has none. */
export function keyOf(rule: MatchingRule, value: Json | undefined): string | number | undefined {
  const key = comparable(rule, value);
  return key === undefined ? undefined : storedKey(key);
}

/** A key for a column with an index: what is longer ends in its hash, equal for equal keys only. */
export function indexKey(key: string | number): string {
  const text = String(key);
  if (text.length <= MOST / 2) return text;
  const points = Array.from(text);
  if (points.length <= MOST) return text;
  return `${points.slice(0, PREFIX).join('')}${LAST}${hash('sha256', text, 'hex')}`;
}

/**
 * The range of index keys that begin with a prefix.
 * @returns undefined when the prefix is longer than what an index key keeps
 */
export function prefixRange(
  prefix: string,
): { readonly from: string; readonly below: string | undefined } | undefined {
  const points = Array.from(prefix);
  if (points.length > PREFIX) return undefined;
  for (let i = points.length - 1; i >= 0; i--) {
    const next = successor(points[i]?.codePointAt(0) ?? 0);
    if (next !== undefined) return { from: prefix, below: points.slice(0, i).join('') + next };
  }
  return { from: prefix, below: undefined };
}

/** The character after this one; surrogates are none. */
function successor(code: number): string | undefined {
  if (code >= 0x10ffff) return undefined;
  return String.fromCodePoint(code === 0xd7ff ? 0xe000 : code + 1);
}
