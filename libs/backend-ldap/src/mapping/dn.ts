/**
 * Distinguished names (RFC 4514). They are built from values and taken apart into values here and
 * nowhere else, so that no value is ever taken for syntax.
 */

/** One `type=value` of a relative name; types in lower case. */
export interface Ava {
  readonly type: string;
  readonly value: string;
}

/** What must be escaped wherever it stands; the rest of what RFC 4514 §2.4 names is escaped too. */
const SPECIAL = new Set('"+,;<>\\=#\0');

/** A value as it stands in a name. */
export function escapeValue(value: string): string {
  let result = '';
  const characters = [...value];
  characters.forEach((character, i) => {
    const edge = i === 0 || i === characters.length - 1;
    const escaped = SPECIAL.has(character) || character < ' ' || (character === ' ' && edge);
    result += escaped ? hexPair(character.charCodeAt(0)) : character;
  });
  return result;
}

/** The name of the entry `type=value` below `parent`. */
export function childDn(type: string, value: string, parent: string): string {
  return `${type}=${escapeValue(value)},${parent}`;
}

/**
 * Takes a name apart.
 * @returns the relative names, first the entry's own; undefined for what is no name, or has a value
 *   in hexadecimal BER (`#04…`), which no entry of ours has
 */
export function parseDn(text: string): readonly (readonly Ava[])[] | undefined {
  const rdns: (readonly Ava[])[] = [];
  let at = 0;
  if (text.trim() === '') return rdns;
  let avas: Ava[] = [];
  for (;;) {
    const type = /^\s*([a-z][a-z0-9-]*|\d+(?:\.\d+)*)\s*=\s*/i.exec(text.slice(at));
    if (type?.[1] === undefined) return undefined;
    at += type[0].length;
    const value = readValue(text, at);
    if (value === undefined) return undefined;
    avas.push({ type: type[1].toLowerCase(), value: value.text });
    at = value.end;
    if (text[at] !== '+') {
      rdns.push(avas);
      avas = [];
      if (at >= text.length) return rdns;
    }
    at += 1;
  }
}

/** Nothing is escaped in most values. */
const PLAIN = /^[^\\,+;]*/;

/** Up to the next separator; blanks around it belong to nothing unless they are escaped. */
function readValue(text: string, start: number): { text: string; end: number } | undefined {
  if (text[start] === '#') return undefined;
  const plain = text.slice(start).match(PLAIN)?.[0] ?? '';
  const after = text[start + plain.length];
  if (after !== '\\') return { text: plain.replace(/ +$/, ''), end: start + plain.length };
  const bytes: Buffer[] = [];
  let at = start;
  let blanks = 0;
  while (at < text.length) {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (character === ',' || character === '+' || character === ';') break;
    if (character === '\\') {
      const pair = /^[0-9a-f]{2}/i.exec(text.slice(at + 1, at + 3))?.[0];
      const next = text.codePointAt(at + 1);
      if (next === undefined) return undefined;
      const literal = String.fromCodePoint(next);
      bytes.push(pair === undefined ? Buffer.from(literal) : Buffer.from(pair, 'hex'));
      at += 1 + (pair === undefined ? literal.length : 2);
      blanks = 0;
      continue;
    }
    bytes.push(Buffer.from(character));
    at += character.length;
    blanks = character === ' ' ? blanks + 1 : 0;
  }
  const kept = blanks === 0 ? bytes : bytes.slice(0, -blanks);
  return { text: Buffer.concat(kept).toString('utf8'), end: at };
}

/** Equal for names that a server takes for one, as far as letter case and blanks go. */
export function dnKey(text: string): string {
  const rdns = parseDn(text);
  return rdns === undefined ? text.toLowerCase() : rdnsKey(rdns);
}

/** @param nameOf what a type is called, where it has several names */
export function rdnsKey(
  rdns: readonly (readonly Ava[])[],
  nameOf: (type: string) => string = (type) => type,
): string {
  const key = ({ type, value }: Ava) =>
    `${nameOf(type)}=${escapeValue(foldBlanks(value).toLowerCase())}`;
  return rdns.map((avas) => avas.map(key).sort().join('+')).join(',');
}

/** Blanks as string preparation leaves them (RFC 4518 §2.6.1): none at the ends, one in between. */
export function foldBlanks(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}

function hexPair(byte: number): string {
  return `\\${byte.toString(16).padStart(2, '0')}`;
}
