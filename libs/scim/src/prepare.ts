/**
 * String preparation for comparison (RFC 7644 §5, §7.8; RFC 8265). Nothing here rejects or changes
 * what is kept: a prepared string is only ever a key. All functions are idempotent.
 */

import { isStreamSafe } from './reader/text.js';

// A UTF-16 unit beyond ASCII; without the `u` flag surrogates are seen as well.
const NON_ASCII = /[\u0080-\uffff]/;
// Full-width forms and their half-width counterparts, and the ideographic space.
const WIDTH_FORMS = /[\u3000\uff01-\uffdc\uffe0-\uffee]/g;
const OTHER_SPACES = /\p{Zs}/gu;

/** Half-width Hangul letters, whose mapping is not their NFKC form: first, last, mapping of first. */
const HANGUL: readonly (readonly [number, number, number])[] = [
  [0xffa0, 0xffa0, 0x3164],
  [0xffa1, 0xffbe, 0x3131],
  [0xffc2, 0xffc7, 0x314f],
  [0xffca, 0xffcf, 0x3155],
  [0xffd2, 0xffd7, 0x315b],
  [0xffda, 0xffdc, 0x3161],
];

/**
 * UsernameCaseMapped of RFC 8265 §3.3 without its refusals: width mapping, lower case, NFC. Names
 * with blanks or symbols occur in practice and are only compared here.
 */
export function prepareUserName(text: string): string {
  if (!NON_ASCII.test(text)) return text.toLowerCase();
  return foldCase(nfc(text.replace(WIDTH_FORMS, mapWidth)));
}

/** OpaqueString of RFC 8265 §4.2: every kind of space is U+0020, NFC; letter case is kept. */
export function preparePassword(text: string): string {
  if (!NON_ASCII.test(text)) return text;
  return nfc(text.replace(OTHER_SPACES, ' '));
}

/** For strings with caseExact=false: letter case and canonical forms do not tell apart. */
export function prepareCaseIgnore(text: string): string {
  if (!NON_ASCII.test(text)) return text.toLowerCase();
  return foldCase(nfc(text));
}

/** For strings with caseExact=true: only canonical forms do not tell apart. */
export function prepareCaseExact(text: string): string {
  return NON_ASCII.test(text) ? nfc(text) : text;
}

/**
 * Lower-casing turns a sigma at the end of a word into its final form; folding that back makes a
 * part of a word equal to the same part inside a longer one, which `co` and `sw` need.
 */
function foldCase(text: string): string {
  return nfc(text.toLowerCase().replaceAll('ς', 'σ'));
}

/** What other software stored may hold runs of marks that take quadratic time; they stay as they are. */
function nfc(text: string): string {
  return isStreamSafe(text) ? text.normalize('NFC') : text;
}

/** The decomposition mapping of a wide or narrow form (RFC 8264 §5.2.1). */
function mapWidth(char: string): string {
  const code = char.charCodeAt(0);
  if (code === 0xffe3) return '\u00af';
  for (const [first, last, target] of HANGUL) {
    if (code >= first && code <= last) return String.fromCharCode(target + code - first);
  }
  return char.normalize('NFKC');
}
