/** Rules for text that hold for every attribute, key and literal, before any store sees it. */

const NON_ASCII = /[\u0080-\uffff]/;
/** With the flag `u` only halves of surrogate pairs match, which no UTF-8 can hold. */
const HALF_PAIR = /\p{Surrogate}/u;
/** UAX #15 §13: more than 30 marks in a row; normalising them takes quadratic time. */
const TOO_MANY_MARKS = /\p{M}{31}/u;

/**
 * What is wrong with a text, as the end of a sentence that begins with where it stands.
 * @returns undefined for text that every store can keep and compare
 */
export function problemOfText(text: string): string | undefined {
  if (!NON_ASCII.test(text)) return undefined;
  if (HALF_PAIR.test(text)) return 'holds half a surrogate pair, which is no character';
  if (TOO_MANY_MARKS.test(text)) return 'holds more than 30 combining marks in a row';
  return undefined;
}

/** Whether a text holds half a surrogate pair, which no stored text does. */
export function holdsHalfPair(text: string): boolean {
  return HALF_PAIR.test(text);
}

/** The text with a replacement character in the place of each half pair. */
export function wellFormed(text: string): string {
  return HALF_PAIR.test(text) ? text.replace(/\p{Surrogate}/gu, '\ufffd') : text;
}

/** Whether normalising a text takes time in proportion to its length (UAX #15, stream-safe). */
export function isStreamSafe(text: string): boolean {
  return !TOO_MANY_MARKS.test(text);
}

/** Characters that make one identifier look like another, or split a line of a log in two. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const MISLEADING = /[\u0000\r\n\p{Bidi_Control}]/u;

/** Whether a text must not identify anything: line breaks, NUL, controls of writing direction. */
export function isMisleading(text: string): boolean {
  return MISLEADING.test(text);
}
