import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeys } from '#scim';
import { indexKey, prefixRange, storedKey } from './keys.js';

const text = fc.string({
  unit: fc.constantFrom('\0', '\x01', '\x02', 'a', 'é', '\ud7ff', '\u{10ffff}', '\u{1f600}'),
  maxLength: 6,
});

describe('keys', () => {
  it('keep order, parts, prefixes and ends, and hold no NUL', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [x, y] = [String(storedKey(a)), String(storedKey(b))];
        expect(x).not.toContain('\0');
        expect(Math.sign(compareKeys(x, y))).toBe(Math.sign(compareKeys(a, b)));
        expect(x.startsWith(y)).toBe(a.startsWith(b));
      }),
    );
  });

  it('booleans sort as they do in SCIM, numbers stay', () => {
    expect(compareKeys(storedKey(false), storedKey(true))).toBeLessThan(0);
    expect(storedKey(1.5)).toBe(1.5);
  });

  it('the range of a prefix holds what begins with it, and nothing else', () => {
    fc.assert(
      fc.property(text, text, (value, prefix) => {
        fc.pre(prefix !== '');
        const range = prefixRange(prefix);
        const within =
          range !== undefined &&
          compareKeys(value, range.from) >= 0 &&
          (range.below === undefined || compareKeys(value, range.below) < 0);
        expect(within).toBe(value.startsWith(prefix));
      }),
    );
  });

  it('long keys fit into an index, begin as they did, and differ where they differ', () => {
    const long = 'é'.repeat(5_000);
    expect(Array.from(indexKey(long)).length).toBeLessThanOrEqual(640);
    expect(indexKey(long).startsWith('é'.repeat(512))).toBe(true);
    expect(indexKey(long)).not.toBe(indexKey(`${long}!`));
    expect(indexKey('é'.repeat(640))).toBe('é'.repeat(640));
    expect(prefixRange('é'.repeat(513))).toBeUndefined();
  });
});
