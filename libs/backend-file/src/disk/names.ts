import { BackendError } from '#backend';

/** Room for the suffixes of sidecars within the 255 bytes that file systems allow a name. */
const MAX_BYTES = 230;

/**
 * What a file name must not hold on any system, so that a folder can be moved to another one:
 * separators, what Windows keeps to itself, control characters, the escape character itself, a
 * leading dot (`.`, `..` and hidden files, which are never taken for resources), and a dot or blank
 * at the end.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNSAFE = /[%/\\<>:"|?*\u0000-\u001f\u007f-\u009f]|^\.|[. ]$/gu;

/** Names of devices on Windows, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|com[\d\u00b9\u00b2\u00b3]|lpt[\d\u00b9\u00b2\u00b3])(?=\.|$)/iu;

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
    name = id.replace(UNSAFE, escaped);
    if (DEVICE.test(name)) name = escaped(name.charAt(0)) + name.slice(1);
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

/** Percent-encoded, also where URLs need not have it so. */
function escaped(char: string): string {
  const encoded = encodeURIComponent(char);
  if (encoded !== char) return encoded;
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
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
