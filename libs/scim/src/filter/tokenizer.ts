import type { ScimError } from '../errors.js';

/** A piece of a filter; `start` and `end` are offsets into the whole text. */
export interface Token {
  /** `word`: a path, operator, keyword, number or literal; `end`: there is no more. */
  readonly kind: '(' | ')' | '[' | ']' | 'word' | 'string' | 'end';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Makes the error for what is wrong at an offset. */
export type Fail = (offset: number, problem: string) => ScimError;

const WORD = /[^ \t\r\n()[\]"]+/y;

/**
 * Cuts `text` from `start` to `end` into tokens, the last being `end`. Blanks separate and are
 * dropped; `lenient` allows several of them, or none between an operator and its value
 * (RFC 7644 §3.4.2.2 has exactly one, though one of its examples has none).
 */
export function tokenize(
  text: string,
  start: number,
  end: number,
  lenient: boolean,
  fail: Fail,
): readonly Token[] {
  const tokens: Token[] = [];
  let offset = start;
  for (;;) {
    const before = offset;
    while (offset < end && isBlank(text.charCodeAt(offset))) offset += 1;
    if (!lenient) checkBlank(text, before, offset, tokens.at(-1), offset === end, fail);
    if (offset >= end) break;
    const token = next(text, offset, end, fail);
    if (!lenient && before === offset) checkGap(tokens.at(-1), token, fail);
    tokens.push(token);
    offset = token.end;
  }
  tokens.push({ kind: 'end', text: '', start: end, end });
  return tokens;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

function next(text: string, start: number, end: number, fail: Fail): Token {
  const char = text.charAt(start);
  switch (char) {
    case '(':
    case ')':
    case '[':
    case ']':
      return { kind: char, text: char, start, end: start + 1 };
    case '"':
      return string(text, start, end, fail);
    default: {
      WORD.lastIndex = start;
      const word = (WORD.exec(text)?.[0] ?? char).slice(0, end - start);
      return { kind: 'word', text: word, start, end: start + word.length };
    }
  }
}

function string(text: string, start: number, end: number, fail: Fail): Token {
  for (let i = start + 1; i < end; i++) {
    const char = text.charAt(i);
    if (char === '\\') i += 1;
    else if (char === '"')
      return { kind: 'string', text: text.slice(start, i + 1), start, end: i + 1 };
  }
  throw fail(start, 'the quoted text that begins here has no closing quote');
}

function checkBlank(
  text: string,
  from: number,
  to: number,
  previous: Token | undefined,
  last: boolean,
  fail: Fail,
): void {
  if (from === to) return;
  const single = to - from === 1 && text.charAt(from) === ' ';
  if (!single || previous === undefined || last) {
    throw fail(from, 'expected exactly one space between two terms and none around the whole');
  }
}

/** Strictly, a value needs a space before it, and `and` and `or` need one on either side. */
function checkGap(previous: Token | undefined, token: Token, fail: Fail): void {
  if (previous === undefined) return;
  const wordBefore = previous.kind === 'word' && previous.text.toLowerCase() !== 'not';
  const closed = previous.kind === 'string' || previous.kind === ')';
  const opens = token.kind === 'string' || token.kind === '(';
  const path = previous.kind === ']' && token.text.startsWith('.');
  const missing =
    (wordBefore && opens) ||
    (closed && (token.kind === 'word' || opens)) ||
    (previous.kind === ']' && token.kind === 'word' && !path);
  if (missing) throw fail(token.start, 'expected a space');
}
