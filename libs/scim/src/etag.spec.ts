import { describe, expect, it } from 'vitest';
import { answerTag, etagMatches, versionMatches } from './etag.js';

describe('etagMatches', () => {
  it.each(['W/"a1"', '"a1"', 'a1', 'W/a1', '*', ' * ', '"x", W/"a1"', '"x","a1"', 'w/"a1"'])(
    'R-274 %s names W/"a1"',
    (header) => {
      expect(etagMatches(header, 'W/"a1"')).toBe(true);
    },
  );

  it.each(['W/"a2"', '"A1"', 'a', '"a"1', '""', '', '"*"', 'W/"x", "y"', '"a1', '","'])(
    'R-273 %s does not',
    (header) => {
      expect(etagMatches(header, 'W/"a1"')).toBe(false);
    },
  );

  it('R-272 a tag may hold commas and blanks', () => {
    expect(etagMatches('"x", "a, b"', '"a, b"')).toBe(true);
    expect(etagMatches('"a", "b"', '"a, b"')).toBe(false);
  });
});

describe('answerTag', () => {
  it('R-300 is the version where an answer shows nothing else', () => {
    expect(answerTag('W/"a1"', [])).toBe('W/"a1"');
  });

  it.each(['W/"a1"', '"a1"'])('R-300 of %s covers what is shown, in any order', (version) => {
    const tag = answerTag(version, ['x', 'y']);
    expect(tag).toMatch(/^(W\/)?"a1\+[\w-]{10}"$/);
    expect(tag.startsWith('W/')).toBe(version.startsWith('W/'));
    expect(answerTag(version, ['y', 'x'])).toBe(tag);
    expect(answerTag(version, ['x'])).not.toBe(tag);
    expect(etagMatches(tag, version)).toBe(false);
    expect(etagMatches(tag, tag)).toBe(true);
  });

  it('R-300 names its version in If-Match, and no other', () => {
    const tag = answerTag('W/"a1"', ['x']);
    expect(versionMatches(tag, 'W/"a1"')).toBe(true);
    expect(versionMatches(`"y", ${tag}`, '"a1"')).toBe(true);
    expect(versionMatches(tag, 'W/"a"')).toBe(false);
    expect(versionMatches(tag, 'W/"a2"')).toBe(false);
    expect(versionMatches(tag.replace('+', '-'), 'W/"a1"')).toBe(false);
    expect(versionMatches('W/"a1+x"', 'W/"a1"')).toBe(false);
    expect(versionMatches('*', 'W/"a1"')).toBe(true);
  });
});
