const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;

/** What the text of a JSON document tells before it is parsed; all of it outside of strings. */
export interface JsonOutline {
  /** Most arrays and objects that are open at once. */
  readonly depth: number;
  /** Values, counted generously: one for each comma, and one for each array and object. */
  readonly nodes: number;
  /** Colons, and so the members of all objects. */
  readonly members: number;
  /** Where numbers with an exponent stand: start and end, in turn. */
  readonly exponents: readonly number[];
}

/**
 * Looks once over a text, without a stack and without regular expressions, which run out of it on
 * strings of 10 MB. The text need not be JSON.
 * @param most nodes and depth at which it stops looking: more is refused anyhow
 */
export function outlineOf(
  text: string,
  most: { readonly nodes: number; readonly depth: number },
): JsonOutline {
  let open = 0;
  let depth = 0;
  let nodes = 1;
  let members = 0;
  const exponents: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (code === COMMA) nodes += 1;
    else if (code === COLON) members += 1;
    else if (code === 0x5b || code === 0x7b) {
      nodes += 1;
      open += 1;
      if (open > depth) depth = open;
    } else if (code === 0x5d || code === 0x7d) open -= 1;
    // Outside of strings an "e" after a digit is an exponent's; others are in true and false.
    else if ((code === 0x65 || code === 0x45) && isDigit(text.charCodeAt(i - 1))) {
      exponents.push(...numberAround(text, i));
    }
    if (nodes > most.nodes || depth > most.depth) break;
  }
  return { depth, nodes, members, exponents };
}

/** Index of the quotation mark that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i;
    if (code === BACKSLASH) i += 1;
  }
  return text.length;
}

function numberAround(text: string, at: number): readonly [number, number] {
  let start = at;
  while (start > 0 && isNumeric(text.charCodeAt(start - 1))) start -= 1;
  let end = at + 1;
  while (end < text.length && isNumeric(text.charCodeAt(end))) end += 1;
  return [start, end];
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** A digit, a sign or a point. */
function isNumeric(code: number): boolean {
  return isDigit(code) || code === 0x2b || code === 0x2d || code === 0x2e;
}

/** The first key that an object of a valid JSON text has twice, for the message. */
export function repeatedKeyOf(text: string): string | undefined {
  const keys: Set<string>[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x7b || code === 0x5b) keys.push(new Set());
    else if (code === 0x7d || code === 0x5d) keys.pop();
    if (code !== QUOTE) continue;
    const start = i;
    i = endOfString(text, i);
    if (!isColonNext(text, i + 1)) continue;
    const key = String(JSON.parse(text.slice(start, i + 1)));
    if (keys.at(-1)?.has(key)) return key;
    keys.at(-1)?.add(key);
  }
  return undefined;
}

function isColonNext(text: string, from: number): boolean {
  let i = from;
  while (i < text.length && ' \t\r\n'.includes(text.charAt(i))) i += 1;
  return text.charCodeAt(i) === COLON;
}
