import { invalidSyntax, invalidValue } from '../errors.js';

/** A number with an exponent where JSON may have one; inside a string it may be anything. */
const PERHAPS_EXPONENT = /[:,[\s]-?\d+(?:\.\d+)?[eE][+-]?\d+\s*[,\]}]/;
const STRINGS = /"(?:[^"\\]|\\.)*"/g;

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
  if (PERHAPS_EXPONENT.test(text)) {
    const outside = PERHAPS_EXPONENT.exec(text.replace(STRINGS, '""'));
    if (outside !== null) {
      const number = outside[0].replace(/^[:,[\s]|[\s,\]}]+$/g, '');
      throw invalidValue(`Write the number ${number} without an exponent.`);
    }
  }
  return value;
}
