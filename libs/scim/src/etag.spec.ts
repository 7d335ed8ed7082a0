import { describe, expect, it } from 'vitest';
import { etagMatches } from './etag.js';

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
