import { invalidPath } from '../errors.js';
import { clip, isPath, isSubPath } from './names.js';
import { MAX_FILTER_LENGTH, parseValueFilter, type SyntaxOptions } from './parser.js';
import type { SyntaxNode } from './syntax.js';

/** A PATCH path (RFC 7644 §3.5.2), not yet looked up in a schema. */
export interface PathSyntax {
  /** `attr`, `attr.sub`, `urn:…:attr`, `urn:…:attr.sub` or an extension's URN. */
  readonly path: string;
  /** What stood in brackets after `path`. */
  readonly filter?: SyntaxNode;
  /** `sub` of `attr[filter].sub`; that of `attr.sub` is part of `path`. */
  readonly sub?: string;
}

/**
 * Parses a PATCH path: `attr`, `urn:attr`, `attr.sub`, `attr[filter]`, `attr[filter].sub`.
 * @throws ScimError 400 invalidPath for the path, 400 invalidFilter for what is in the brackets
 */
export function parsePath(text: string, options: SyntaxOptions = {}): PathSyntax {
  if (text.length > MAX_FILTER_LENGTH) {
    throw invalidPath(`The path is longer than ${MAX_FILTER_LENGTH} characters.`);
  }
  const lenient = options.lenient ?? true;
  const start = lenient ? text.length - text.trimStart().length : 0;
  const end = lenient ? text.trimEnd().length : text.length;
  const open = text.indexOf('[', start);
  if (open === -1) return Object.freeze({ path: attributePath(text.slice(start, end), lenient) });
  const path = attributePath(text.slice(start, open), lenient);
  const close = lastClosing(text, open, end);
  if (close === undefined) {
    throw invalidPath(`The path "${clip(text)}" has an opening "[" without its closing "]".`);
  }
  const rest = text.slice(close + 1, end);
  if (rest !== '' && !(rest.startsWith('.') && isSubPath(rest.slice(1), lenient))) {
    const where = `The path is wrong at character ${close + 2}`;
    throw invalidPath(`${where}: expected "." and a sub-attribute, or the end of the path.`);
  }
  const filter = parseValueFilter(text, open + 1, close, options);
  return Object.freeze({ path, filter, ...(rest === '' ? {} : { sub: rest.slice(1) }) });
}

function attributePath(text: string, lenient: boolean): string {
  if (text === '') throw invalidPath('The path does not begin with an attribute name.');
  if (!isPath(text, lenient)) throw invalidPath(`"${clip(text)}" is not an attribute path.`);
  return text;
}

/** Offset of the last `]` outside quotes. */
function lastClosing(text: string, open: number, end: number): number | undefined {
  let quoted = false;
  let last: number | undefined;
  for (let i = open + 1; i < end; i++) {
    const char = text.charAt(i);
    if (quoted && char === '\\') i += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === ']' && !quoted) last = i;
  }
  return last;
}
