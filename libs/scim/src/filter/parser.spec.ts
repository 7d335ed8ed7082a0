import { describe, expect, it } from 'vitest';
import { ScimError } from '../errors.js';
import { MAX_FILTER_LENGTH, parseFilterSyntax } from './parser.js';
import type { SyntaxNode } from './syntax.js';

/** The tree with every operand in parentheses. */
function show(node: SyntaxNode): string {
  switch (node.kind) {
    case 'and':
    case 'or':
      return `(${show(node.left)} ${node.kind} ${show(node.right)})`;
    case 'not':
      return `!${show(node.operand)}`;
    case 'present':
      return `${node.path} pr`;
    case 'compare':
      return `${node.path} ${node.operator} ${JSON.stringify(node.value)}`;
    case 'valuePath':
      return `${node.path}[${show(node.filter)}]`;
  }
}

const parsed = (text: string, lenient = true) => show(parseFilterSyntax(text, { lenient }));

function refusal(text: string, lenient = true): string {
  try {
    parseFilterSyntax(text, { lenient });
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    expect(error).toMatchObject({ status: 400, scimType: 'invalidFilter' });
    return error.detail;
  }
  throw new Error(`accepted: ${text}`);
}

const URN = 'urn:ietf:params:scim:schemas:core:2.0:User';

describe('parseFilterSyntax', () => {
  // The examples of RFC 7644 §3.4.2.2, Figure 2.
  it.each([
    ['userName eq "bjensen"', 'userName eq "bjensen"'],
    ['name.familyName co "O\'Malley"', 'name.familyName co "O\'Malley"'],
    ['userName sw "J"', 'userName sw "J"'],
    [`${URN}:userName sw "J"`, `${URN}:userName sw "J"`],
    ['title pr', 'title pr'],
    ['meta.lastModified gt "2011-05-13T04:42:34Z"', 'meta.lastModified gt "2011-05-13T04:42:34Z"'],
    ['title pr and userType eq "Employee"', '(title pr and userType eq "Employee")'],
    ['title pr or userType eq "Intern"', '(title pr or userType eq "Intern")'],
    [`schemas eq "${URN}"`, `schemas eq "${URN}"`],
    [
      'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")',
      '(userType eq "Employee" and (emails co "example.com" or emails.value co "example.org"))',
    ],
    [
      'userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")',
      '(userType ne "Employee" and !(emails co "example.com" or emails.value co "example.org"))',
    ],
    [
      'userType eq "Employee" and emails[type eq "work" and value co "@example.com"]',
      '(userType eq "Employee" and emails[(type eq "work" and value co "@example.com")])',
    ],
    [
      'emails[type eq "work" and value co "@a"] or ims[type eq "xmpp" and value co "@b"]',
      '(emails[(type eq "work" and value co "@a")] or ims[(type eq "xmpp" and value co "@b")])',
    ],
  ])('R-113 R-125 R-128 reads %s, also strictly', (text, tree) => {
    expect(parsed(text)).toBe(tree);
    expect(parsed(text, false)).toBe(tree);
  });

  it.each([
    ['a pr or b pr and c pr', '(a pr or (b pr and c pr))'],
    ['a pr and b pr or c pr', '((a pr and b pr) or c pr)'],
    ['(a pr or b pr) and c pr', '((a pr or b pr) and c pr)'],
    ['not (a pr) and b pr', '(!a pr and b pr)'],
    ['a pr or b pr or c pr', '((a pr or b pr) or c pr)'],
    ['not (not (a pr))', '!!a pr'],
    [
      'emails[type eq "work" or (type eq "home" and value ew "@a")]',
      'emails[(type eq "work" or (type eq "home" and value ew "@a"))]',
    ],
    ['emails[not (type pr)]', 'emails[!type pr]'],
  ])('R-121 R-125 groups %s', (text, tree) => {
    expect(parsed(text)).toBe(tree);
    expect(parsed(text, false)).toBe(tree);
  });

  it('R-122 not(x) and not (x) are the same, NOT as well', () => {
    for (const lenient of [true, false]) {
      expect(parsed('not(title pr)', lenient)).toBe('!title pr');
      expect(parsed('NOT (title pr)', lenient)).toBe('!title pr');
    }
    expect(refusal('not title pr')).toContain('character 5: expected "(" after "not"');
  });

  it('R-110 operators and keywords have no letter case', () => {
    expect(parsed('USERNAME EQ "x" AND title PR Or a nE 1')).toBe(
      '((USERNAME eq "x" and title pr) or a ne 1)',
    );
  });

  it.each([
    ['"a\\"b\\\\c\\u00e9\\n"', 'a"b\\cé\n'],
    ['""', ''],
    ['"] and (not \'"', "] and (not '"],
    ['"\\ud83d\\ude00"', '\u{1f600}'],
    ['-1.5e2', -150],
    ['0', 0],
    ['-0', 0],
    ['true', true],
    ['false', false],
    ['null', null],
  ])('R-136 the literal %s is decoded', (literal, value) => {
    expect(parseFilterSyntax(`a eq ${literal}`)).toMatchObject({ value });
  });

  it.each([
    ['', 'character 1: expected an attribute, "not" or "(", but the filter ends'],
    ['   ', 'but the filter ends'],
    ['title', 'character 6: expected an operator after "title"'],
    ['title eq', 'character 9: expected a value'],
    ['title pr and', 'character 13: expected an attribute'],
    ['and title pr', 'character 1: expected an attribute'],
    ['title pr title pr', 'character 10: expected "and", "or" or the end of the filter'],
    ['title pr)', 'character 9'],
    ['(title pr', 'character 10: expected "and", "or" or ")"'],
    ['()', 'character 2'],
    ['emails[type eq "work"', 'character 22: expected "and", "or" or "]"'],
    ['emails[]', 'character 8'],
    ['emails[type eq "work")', 'character 22'],
    ['(emails[type pr)]', 'character 16'],
    ['title eq "x', 'character 10: the quoted text that begins here has no closing quote'],
    ['title eq "x\\"', 'character 10'],
    ['title eq "\\x"', 'character 10: the quoted text has an escape'],
    ['title eq "a\tb"', 'character 10'],
    ['title eq {}', 'character 10: expected a value'],
    ['title eq 01', 'character 10'],
    ['title eq 1e999', 'character 10: the number is too large'],
    ['"title" eq "x"', 'character 1'],
    ['emails[type pr] title pr', 'character 17'],
    ['emails[type pr] .value eq "x"', 'character 17'],
    ['emails [type pr] and title eq', 'expected "[" right after the attribute'],
  ])('R-134 refuses %s and says where', (text, detail) => {
    expect(refusal(text)).toContain(detail);
  });

  it.each(['userName eq bare', "userName eq 'x'", 'userName eq "x"y'])(
    'R-135 refuses the unquoted value of %s',
    (text) => {
      refusal(text);
    },
  );

  it.each([
    'bjensen',
    '1abc pr',
    'a..b pr',
    '.a pr',
    'a. pr',
    'a.b.c pr',
    '__proto__ pr',
    'a-$ é',
    'urn: pr',
    'urn:a: pr',
  ])('R-134 %s is no attribute expression', (text) => {
    refusal(text);
  });

  it('R-133 names an unknown operator, and not more than a line of it', () => {
    expect(refusal('userName regex "a"')).toContain('character 10: "regex" is not an operator');
    expect(refusal(`userName ${'x'.repeat(5000)} "a"`).length).toBeLessThan(200);
  });

  it.each(['a[b[c eq 1]]', 'a[b pr and (c[d pr])]'])('R-140 brackets do not nest: %s', (text) => {
    expect(refusal(text)).toContain('brackets cannot stand inside brackets');
  });

  it('R-141 a comparison after the brackets is about the same element', () => {
    expect(parsed('emails[type eq "work"].value eq "x" and title pr')).toBe(
      '(emails[(type eq "work" and value eq "x")] and title pr)',
    );
    expect(parsed('emails[type eq "a" or type eq "b"].value pr')).toBe(
      'emails[((type eq "a" or type eq "b") and value pr)]',
    );
    refusal('emails[type eq "work"].value eq "x"', false);
  });

  it.each([
    ['  userName   eq \t "x"  ', 'userName eq "x"'],
    ['userName eq"x"', 'userName eq "x"'],
    ['title pr and(a pr)or b pr', '((title pr and a pr) or b pr)'],
    ['a eq "x"and b pr', '(a eq "x" and b pr)'],
    ['members[$ref eq "u"]', 'members[$ref eq "u"]'],
    ['members.$ref pr', 'members.$ref pr'],
    ['active eq True', 'active eq true'],
    ['active eq FALSE', 'active eq false'],
    ['a eq Null', 'a eq null'],
  ])('R-144 accepts %s; strictly it is refused', (text, tree) => {
    expect(parsed(text)).toBe(tree);
    refusal(text, false);
  });

  it('R-148 quotes, wildcards and SQL in a value are text', () => {
    const value = `'; DROP TABLE "Users"; -- % _ * (a) [b]`;
    expect(parseFilterSyntax(`userName eq ${JSON.stringify(value)}`)).toMatchObject({ value });
  });

  it('gives the offset of each path', () => {
    expect(parseFilterSyntax('a pr and emails[type pr].value eq "x"')).toMatchObject({
      left: { position: 0 },
      right: {
        position: 9,
        filter: { left: { path: 'type', position: 16 }, right: { path: 'value', position: 25 } },
      },
    });
  });

  it.each([
    ['100 kB of text', `userName eq "${'x'.repeat(100_000)}"`],
    ['100 kB of an open string', `userName eq "${'\\"'.repeat(50_000)}`],
    ['100 kB of parentheses', '('.repeat(100_000)],
    ['1,000 levels of parentheses', `${'('.repeat(1000)}title pr${')'.repeat(1000)}`],
    ['1,000 levels of not', `${'not('.repeat(1000)}title pr${')'.repeat(1000)}`],
    ['101 levels', `${'('.repeat(101)}title pr${')'.repeat(101)}`],
    ['a long URN', `${'urn:a'.repeat(1900)}: pr`],
    ['nothing but brackets', '['.repeat(9000)],
  ])('R-147 refuses %s', (_, text) => {
    expect(refusal(text)).toBeDefined();
  });

  it('R-327 counts comparisons and value paths together, 100 at most unless told otherwise', () => {
    const terms = (most: number) => Array(most).fill('a pr').join(' and ');
    expect(parseFilterSyntax(terms(100)).kind).toBe('and');
    expect(() => parseFilterSyntax(terms(101))).toThrow('more than 100 terms');
    const paths = Array(34).fill('a[b pr or c pr]').join(' or ');
    expect(() => parseFilterSyntax(paths)).toThrow('more than 100 terms');
    expect(parseFilterSyntax(paths, { maxTerms: 102 }).kind).toBe('or');
  });

  it('R-328 refuses more marks in a row than can be normalised in linear time', () => {
    const marks = (count: number) => `a eq "a${'\u0301'.repeat(count)}"`;
    expect(parseFilterSyntax(marks(30)).kind).toBe('compare');
    expect(() => parseFilterSyntax(marks(31))).toThrow('combining marks');
  });

  it('R-147 takes what is within the limits', () => {
    expect(parsed(`${'('.repeat(100)}title pr${')'.repeat(100)}`)).toBe('title pr');
    const many = Array(1000).fill('a pr').join(' or ');
    expect(many.length).toBeLessThan(MAX_FILTER_LENGTH);
    expect(parseFilterSyntax(many, { maxTerms: 1000 }).kind).toBe('or');
  });
});
