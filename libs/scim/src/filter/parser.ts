import { invalidFilter, ScimError } from '../errors.js';
import { isStreamSafe } from '../reader/text.js';
import { clip, isPath, isSubPath } from './names.js';
import { COMPARE_OPERATORS, type CompareOperator, type SyntaxNode } from './syntax.js';
import { type Fail, type Token, tokenize } from './tokenizer.js';

/** A longer filter is refused before it is looked at. In UTF-16 units. */
export const MAX_FILTER_LENGTH = 10_000;
/** Most parentheses and brackets that may be open at once. */
export const MAX_FILTER_DEPTH = 100;
/** Most terms of one filter unless `SyntaxOptions` says another number. */
export const MAX_FILTER_TERMS = 100;

export interface SyntaxOptions {
  /**
   * Accepts what clients write beyond the grammar: several spaces or none, `True`, `$ref`, and
   * `emails[type eq "work"].value eq "x"`. Default true.
   */
  readonly lenient?: boolean;
  /** Most comparisons and value paths together: every resource is tested by each. Default 100. */
  readonly maxTerms?: number;
}

type Literal = null | string | number | boolean;

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const LITERALS: ReadonlyMap<string, Literal> = new Map<string, Literal>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const OPERATORS: ReadonlySet<string> = new Set(COMPARE_OPERATORS);

/**
 * Parses a filter (RFC 7644 §3.4.2.2, with errata 4690, 7319 and 7322).
 * @throws ScimError 400 invalidFilter naming the character, counted from 1, and what was expected
 */
export function parseFilterSyntax(text: string, options: SyntaxOptions = {}): SyntaxNode {
  return parseRange(text, 0, text.length, false, options, (offset, problem) =>
    filterError(offset, problem),
  );
}

/** Parses the filter between the brackets of a PATCH path; offsets stay those of the whole path. */
export function parseValueFilter(
  text: string,
  start: number,
  end: number,
  options: SyntaxOptions,
): SyntaxNode {
  return parseRange(text, start, end, true, options, filterError);
}

function filterError(offset: number, problem: string): ScimError {
  return invalidFilter(`The filter is wrong at character ${offset + 1}: ${problem}.`);
}

function parseRange(
  text: string,
  start: number,
  end: number,
  inBrackets: boolean,
  options: SyntaxOptions,
  fail: Fail,
): SyntaxNode {
  if (end - start > MAX_FILTER_LENGTH) {
    throw invalidFilter(`The filter is longer than ${MAX_FILTER_LENGTH} characters.`);
  }
  const lenient = options.lenient ?? true;
  const tokens = tokenize(text, start, end, lenient, fail);
  const { maxTerms = MAX_FILTER_TERMS } = options;
  return new Parser(tokens, lenient, maxTerms, fail).parse(inBrackets);
}

/** Recursive descent over the tokens of one filter; recursion is bounded by MAX_FILTER_DEPTH. */
class Parser {
  private position = 0;
  private depth = 0;
  private terms = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly lenient: boolean,
    private readonly maxTerms: number,
    private readonly fail: Fail,
  ) {}

  parse(inBrackets: boolean): SyntaxNode {
    const node = this.or(inBrackets);
    const rest = this.peek();
    if (rest.kind !== 'end') throw this.expected(rest, '"and", "or" or the end of the filter');
    return node;
  }

  private or(inBrackets: boolean): SyntaxNode {
    let left = this.and(inBrackets);
    while (this.keyword('or')) left = { kind: 'or', left, right: this.and(inBrackets) };
    return left;
  }

  private and(inBrackets: boolean): SyntaxNode {
    let left = this.term(inBrackets);
    while (this.keyword('and')) left = { kind: 'and', left, right: this.term(inBrackets) };
    return left;
  }

  private term(inBrackets: boolean): SyntaxNode {
    const token = this.take();
    if (token.kind === '(') return this.group(token, inBrackets);
    if (token.kind !== 'word' || isKeyword(token.text, 'and') || isKeyword(token.text, 'or')) {
      throw this.expected(token, 'an attribute, "not" or "("');
    }
    if (isKeyword(token.text, 'not')) {
      const open = this.take();
      if (open.kind !== '(') throw this.expected(open, '"(" after "not"');
      return { kind: 'not', operand: this.group(open, inBrackets) };
    }
    if (!isPath(token.text, this.lenient)) {
      throw this.fail(token.start, `"${clip(token.text)}" is not an attribute name`);
    }
    if (this.peek().kind === '[') return this.valuePath(token, inBrackets);
    return this.expression(token.text, token.start);
  }

  private group(open: Token, inBrackets: boolean): SyntaxNode {
    this.enter(open);
    const node = this.or(inBrackets);
    const close = this.take();
    if (close.kind !== ')') throw this.expected(close, '"and", "or" or ")"');
    this.depth -= 1;
    return node;
  }

  private valuePath(path: Token, inBrackets: boolean): SyntaxNode {
    const open = this.take();
    this.countTerm(path);
    if (inBrackets) throw this.fail(open.start, 'brackets cannot stand inside brackets');
    if (open.start !== path.end)
      throw this.fail(path.end, 'expected "[" right after the attribute');
    this.enter(open);
    let filter = this.or(true);
    const close = this.take();
    if (close.kind !== ']') throw this.expected(close, '"and", "or" or "]"');
    this.depth -= 1;
    const sub = this.peek();
    if (sub.kind === 'word' && sub.text.startsWith('.')) {
      filter = { kind: 'and', left: filter, right: this.sameElement(close, this.take()) };
    }
    return { kind: 'valuePath', path: path.text, filter, position: path.start };
  }

  /** `emails[type eq "work"].value eq "x"`, as Entra writes it: one element fulfils both. */
  private sameElement(close: Token, sub: Token): SyntaxNode {
    const name = sub.text.slice(1);
    if (!this.lenient || sub.start !== close.end || !isSubPath(name, true)) {
      throw this.expected(sub, '"and", "or" or the end of the filter');
    }
    return this.expression(name, sub.start + 1);
  }

  private expression(path: string, position: number): SyntaxNode {
    const token = this.take();
    this.countTerm(token);
    if (token.kind !== 'word') throw this.expected(token, `an operator after "${clip(path)}"`);
    const operator = token.text.toLowerCase();
    if (operator === 'pr') return { kind: 'present', path, position };
    if (!isCompareOperator(operator)) {
      const known = [...COMPARE_OPERATORS, 'pr'].join(', ');
      throw this.fail(token.start, `"${clip(token.text)}" is not an operator; use one of ${known}`);
    }
    return { kind: 'compare', path, operator, value: this.literal(), position };
  }

  private literal(): Literal {
    const token = this.take();
    if (token.kind === 'string') return this.quoted(token);
    if (token.kind === 'word') {
      const known = LITERALS.get(this.lenient ? token.text.toLowerCase() : token.text);
      if (known !== undefined) return known;
      if (NUMBER.test(token.text)) {
        const value = Number(token.text);
        if (Number.isFinite(value)) return value === 0 ? 0 : value; // no negative zero
        throw this.fail(token.start, 'the number is too large');
      }
    }
    throw this.expected(token, 'a value: text in double quotes, a number, true, false or null');
  }

  private quoted(token: Token): string {
    try {
      const value: unknown = JSON.parse(token.text);
      if (typeof value === 'string') return this.checked(value, token);
    } catch (error) {
      if (error instanceof ScimError) throw error;
      // else reported below
    }
    throw this.fail(
      token.start,
      'the quoted text has an escape or a character JSON does not allow',
    );
  }

  private checked(value: string, token: Token): string {
    if (isStreamSafe(value)) return value;
    throw this.fail(token.start, 'the quoted text holds more than 30 combining marks in a row');
  }

  private countTerm(token: Token): void {
    this.terms += 1;
    if (this.terms <= this.maxTerms) return;
    throw this.fail(token.start, `more than ${this.maxTerms} terms; send several requests`);
  }

  private enter(open: Token): void {
    this.depth += 1;
    if (this.depth > MAX_FILTER_DEPTH) {
      throw this.fail(open.start, `more than ${MAX_FILTER_DEPTH} levels of nesting`);
    }
  }

  private keyword(word: string): boolean {
    const token = this.peek();
    if (token.kind !== 'word' || !isKeyword(token.text, word)) return false;
    this.position += 1;
    return true;
  }

  private peek(): Token {
    const token = this.tokens[this.position];
    if (token === undefined) throw new Error('read past the last token');
    return token;
  }

  private take(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.position += 1;
    return token;
  }

  private expected(found: Token, what: string): ScimError {
    const instead = found.kind === 'end' ? ', but the filter ends' : '';
    return this.fail(found.start, `expected ${what}${instead}`);
  }
}

function isKeyword(text: string, keyword: string): boolean {
  return text.length === keyword.length && text.toLowerCase() === keyword;
}

function isCompareOperator(text: string): text is CompareOperator {
  return OPERATORS.has(text);
}
