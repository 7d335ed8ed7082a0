import { BackendError } from '#backend';

/** Room for the suffixes of sidecars within the 255 bytes that file systems allow a name. */
const MAX_BYTES = 230;

/**
 * What a file name must not hold: separators, control characters, the escape character itself, and
 * a leading dot (`.`, `..` and hidden files, which are never taken for resources).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNSAFE = /[%/\\\u0000-\u001f\u007f-\u009f]|^\./gu;

/**
 * The name of the file that holds the resource `id`: the id itself, with unsafe characters
 * percent-encoded, so that no id leads out of the folder and no two ids share a file.
 * @throws BackendError `invalid-id` when it is empty, too long, or not well-formed Unicode
 */
export function fileNameOf(id: string): string {
  if (id === '') throw new BackendError('invalid-id', 'The id is empty.');
  let name: string;
  try {
    encodeURIComponent(id); // throws for lone surrogates, which all become one character in UTF-8
    name = id.replace(UNSAFE, (char) => (char === '.' ? '%2E' : encodeURIComponent(char)));
  } catch (cause) {
    throw new BackendError('invalid-id', 'The id holds characters that are not valid Unicode.', {
      cause,
    });
  }
  if (Buffer.byteLength(name) > MAX_BYTES) {
    throw new BackendError('invalid-id', `The id is longer than ${MAX_BYTES} bytes.`);
  }
  return name;
}

/** The id that a file stands for when its content names none. */
export function idOfFileName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // put there by hand, with a percent sign that is no escape
  }
}

/** Hidden files are ours, an editor's or the system's; everything else should be a resource. */
export function isResourceName(name: string): boolean {
  return !name.startsWith('.');
}

/** True when sidecars can be named after the file. */
export function isNameShortEnough(name: string): boolean {
  return Buffer.byteLength(name) <= MAX_BYTES;
}
