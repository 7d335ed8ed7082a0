import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeys } from '#scim';
import { prefixRange, sortedKey, storedKey, valueKey } from './keys.js';

const text = fc.string({
  unit: fc.constantFrom(
    ...'\0\x01\x02\x03\x04\x05\x06a',
    ...['é', '\ud7ff', '\ud800', '\udbff', '\udc00', '\udfff', '\ue000', '\ue001'],
    ...['\uffff', '\u{10ffff}', '\u{1f600}'],
  ),
  maxLength: 6,
});

describe('keys', () => {
  it('R-355 keep order, parts, beginnings and ends, and hold nothing that databases cannot keep', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [x, y] = [String(storedKey(a)), String(storedKey(b))];
        expect(x).not.toContain('\0');
        expect(x).not.toMatch(/\p{Surrogate}/u);
        if (wellFormed(a) && wellFormed(b)) {
          expect(Math.sign(compareKeys(x, y))).toBe(Math.sign(compareKeys(a, b)));
        }
        expect(points(x).startsWith(points(y))).toBe(points(a).startsWith(points(b)));
        expect(points(x).endsWith(points(y))).toBe(points(a).endsWith(points(b)));
        expect(points(x).includes(points(y))).toBe(points(a).includes(points(b)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('booleans sort as they do in SCIM, numbers stay', () => {
    expect(compareKeys(storedKey(false), storedKey(true))).toBeLessThan(0);
    expect(storedKey(1.5)).toBe(1.5);
  });

  it('the range of a prefix holds what begins with it, and nothing else', () => {
    const stored = text.map((value) => String(storedKey(value)));
    fc.assert(
      fc.property(stored, stored, (value, prefix) => {
        fc.pre(prefix !== '');
        const range = prefixRange(prefix);
        const within =
          range !== undefined &&
          compareKeys(value, range.from) >= 0 &&
          (range.below === undefined || compareKeys(value, range.below) < 0);
        expect(within).toBe(value.startsWith(prefix));
      }),
      { numRuns: 5_000 },
    );
  });

  it('long keys of many values fit into an index, and differ where they differ', () => {
    const long = 'é'.repeat(5_000);
    expect(Array.from(valueKey(long)).length).toBeLessThanOrEqual(640);
    expect(valueKey(long)).not.toBe(valueKey(`${long}!`));
    expect(valueKey('é'.repeat(640))).toBe('é'.repeat(640));
    expect(prefixRange('é'.repeat(501))).toBeUndefined();
  });

  it('R-356 long keys sort by what lists are sorted by, and are told apart by their tail', () => {
    const [a, b] = [sortedKey(`${'é'.repeat(500)}a`), sortedKey(`${'é'.repeat(500)}b`)];
    expect(a.text).toBe(b.text);
    expect(a.tail).not.toBe(b.tail);
    expect(compareKeys(a.text, 'é'.repeat(499))).toBeGreaterThan(0);
    expect(sortedKey('é'.repeat(499))).toEqual({ text: 'é'.repeat(499), tail: 0 });
  });
});

/** One sign for each code point, so that parts begin and end between them. */
function points(value: string): string {
  return `,${Array.from(value, (char) => char.codePointAt(0)).join(',')},`.replaceAll(',,', ',');
}

/** Text that may be stored; halves of pairs may only be asked for. */
function wellFormed(value: string): boolean {
  return !/\p{Surrogate}/u.test(value);
}
