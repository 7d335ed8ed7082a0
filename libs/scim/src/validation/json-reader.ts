import { invalidSyntax, invalidValue } from '../errors.js';

/** A number with an exponent where JSON may have one; inside a string it may be anything. */
const PERHAPS_EXPONENT = /[:,[\s]-?\d+(?:\.\d+)?[eE][+-]?\d+\s*[,\]}]/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Characters of a number on either side of its exponent's letter that a message repeats. */
const SHOWN = 20;

/**
 * Reads the JSON of a request. No SCIM type admits a number with an exponent (RFC 7643 §2.3.3,
 * §2.3.4), and `JSON.parse` makes 1000 of 1e3, so the text itself is looked at.
 * @throws ScimError invalidSyntax for what is not JSON, invalidValue for 1e3
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    throw invalidSyntax('The body is not valid JSON.');
  }
  const number = PERHAPS_EXPONENT.test(text) ? numberWithExponent(text) : undefined;
  if (number !== undefined) throw invalidValue(`Write the number ${number} without an exponent.`);
  return value;
}

/**
 * The first number with an exponent that stands outside of strings in a valid JSON text, where a
 * digit before an "e" is nothing else. Regular expressions run out of stack on strings of 10 MB.
 */
function numberWithExponent(text: string): string | undefined {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (quoted) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if ((code === 0x65 || code === 0x45) && /\d/.test(text.charAt(i - 1))) {
      const before = /[-.\d]*$/.exec(text.slice(Math.max(0, i - SHOWN), i))?.[0] ?? '';
      const after = /^[-+\d]*/.exec(text.slice(i + 1, i + SHOWN))?.[0] ?? '';
      return before + text.charAt(i) + after;
    }
  }
  return undefined;
}
