import { comparable, type Json, type Key, LONGEST_SORT_KEY, type MatchingRule } from '#scim';

const LONE_SURROGATE = /\p{Surrogate}|\u{10ffff}/gu;

/** Stands before what BSON, which is UTF-8, cannot hold; behind every other character. */
const ESCAPE = '\u{10ffff}';
const FIRST_SURROGATE = 0xd800;
const FIRST_STAND_IN = 0x10f000;

/**
 * A key as the database keeps it. A lone surrogate gets a stand-in, so that different texts stay
 * different; everything else MongoDB compares as `compareKeys` of #scim does.
 */
export function storedKey(key: Key): Key {
  if (typeof key !== 'string') return key;
  return key.replaceAll(LONE_SURROGATE, (char) =>
    char === ESCAPE
      ? ESCAPE + ESCAPE
      : ESCAPE + String.fromCodePoint(FIRST_STAND_IN + char.charCodeAt(0) - FIRST_SURROGATE),
  );
}

/** The key of a value under a rule; undefined if it has none. */
export function keyOf(rule: MatchingRule, value: Json | undefined): Key | undefined {
  const key = comparable(rule, value);
  return key === undefined ? undefined : storedKey(key);
}

/** Whether `sortedPart` of a key says all of it. */
export function isWhole(key: Key): boolean {
  return typeof key !== 'string' || key.length < LONGEST_SORT_KEY;
}

/** A regular expression that matches a text and nothing else: what it holds is never an operator. */
export function literalPattern(text: string): string {
  return text.replaceAll(SYNTAX, (char) => (char === '\0' ? '\\x00' : `\\${char}`));
}

/** A pattern is a text that ends at NUL. */
const SYNTAX = /[\0\\^$.|?*+()[\]{}\-/#]/g;
