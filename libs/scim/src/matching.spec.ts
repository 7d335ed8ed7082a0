import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dateTimeKey } from './date-time.js';
import { binaryKey, comparable, compareKeys } from './matching.js';

describe('comparable', () => {
  it.each([
    ['caseIgnore', 'Été', 'éTÉ'],
    ['caseExact', 'e\u0301', '\u00e9'],
    ['userName', 'ＢＪensen', 'bjENSEN'],
    ['binary', 'Zm8', 'Zm8='],
    ['binary', '-_8', '+/8='],
    ['dateTime', '2011-05-13T06:42:34+02:00', '2011-05-13T04:42:34Z'],
  ] as const)('%s: %s equals %s', (rule, a, b) => {
    expect(comparable(rule, a)).toBeDefined();
    expect(comparable(rule, a)).toBe(comparable(rule, b));
  });

  it('tells letter case apart only where it matters', () => {
    expect(comparable('caseExact', 'A')).not.toBe(comparable('caseExact', 'a'));
    expect(comparable('binary', 'QQ')).not.toBe(comparable('binary', 'qq'));
  });

  it('has no key for no value, nor for one of another type', () => {
    expect(comparable('caseIgnore', undefined)).toBeUndefined();
    expect(comparable('caseIgnore', null)).toBeUndefined();
    expect(comparable('caseExact', 5)).toBeUndefined();
    expect(comparable('userName', ['a'])).toBeUndefined();
    expect(comparable('number', '5')).toBeUndefined();
    expect(comparable('boolean', 'true')).toBeUndefined();
    expect(comparable('dateTime', 'yesterday')).toBeUndefined();
    expect(comparable('none', { value: 'x' })).toBeUndefined();
  });

  it('keeps false and 0 as keys', () => {
    expect(comparable('boolean', false)).toBe(false);
    expect(comparable('number', 0)).toBe(0);
  });
});

describe('binaryKey', () => {
  it.each(['a', 'ab=c', 'ab c', 'abcde', 'ä'])('%s is not base64', (text) => {
    expect(binaryKey(text)).toBeUndefined();
  });

  it('is the same for every spelling of the same bytes, and orders as bytes do', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        const key = binaryKey(Buffer.from(a).toString('base64')) ?? '';
        expect(binaryKey(Buffer.from(a).toString('base64url'))).toBe(key);
        const other = binaryKey(Buffer.from(b).toString('base64')) ?? '';
        expect(Math.sign(compareKeys(key, other))).toBe(
          Buffer.compare(Buffer.from(a), Buffer.from(b)),
        );
      }),
    );
  });
});

describe('dateTimeKey', () => {
  it.each([
    ['2011-05-13T04:42:34Z', '2011-05-13T04:42:34'],
    ['2011-05-13T04:42:34', '2011-05-13T04:42:34'],
    ['2011-05-13t04:42:34z', '2011-05-13T04:42:34'],
    ['2011-05-13T04:42:34.1234567Z', '2011-05-13T04:42:34.1234567'],
    ['2011-05-13T04:42:34.500000', '2011-05-13T04:42:34.5'],
    ['2011-05-13T04:42:34.000Z', '2011-05-13T04:42:34'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00'],
    ['0001-01-01T00:00:00+01:00', '0000-12-31T23:00:00'],
    ['2024-02-29T23:30:00.25-01:00', '2024-03-01T00:30:00.25'],
    ['2011-12-31T24:00:00Z', '2012-01-01T00:00:00'],
    ['9999-12-31T23:59:59.9999999Z', '9999-12-31T23:59:59.9999999'],
  ])('R-117 %s is the instant %s', (text, key) => {
    expect(dateTimeKey(text)).toBe(key);
  });

  it.each([
    '2011-05-13',
    '2011-05-13 04:42:34Z',
    '2011-05-13T04:42Z',
    '2011-02-29T00:00:00Z',
    '2011-13-01T00:00:00Z',
    '2011-05-13T24:00:01Z',
    '2011-05-13T24:00:00.1Z',
    '2011-05-13T04:60:00Z',
    '2011-05-13T04:42:60Z',
    '2011-05-13T04:42:34.Z',
    '2011-05-13T04:42:34+15:00',
    '9999-12-31T23:59:59-01:00',
    '',
    'now',
  ])('R-054 "%s" is not a dateTime', (text) => {
    expect(dateTimeKey(text)).toBeUndefined();
  });

  it('orders as time does, whatever the zones and fractions', () => {
    const moment = fc.record({
      ms: fc.integer({ min: -62_135_000_000_000, max: 250_000_000_000_000 }),
      digits: fc.stringMatching(/^\d{0,9}$/),
      offset: fc.integer({ min: -14 * 60, max: 14 * 60 }),
    });
    const write = ({ ms, digits, offset }: { ms: number; digits: string; offset: number }) => {
      const local = new Date(Math.floor(ms / 1000) * 1000 + offset * 60_000).toISOString();
      const zone = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60]
        .map((part) => String(part).padStart(2, '0'))
        .join(':');
      return `${local.slice(0, 19)}${digits && `.${digits}`}${offset < 0 ? '-' : '+'}${zone}`;
    };
    const exact = ({ ms, digits }: { ms: number; digits: string }) =>
      BigInt(Math.floor(ms / 1000)) * 1_000_000_000n + BigInt(digits.padEnd(9, '0'));
    fc.assert(
      fc.property(moment, moment, fc.boolean(), (a, other, near) => {
        const b = near ? { ...other, ms: a.ms } : other;
        const order = exact(a) < exact(b) ? -1 : exact(a) > exact(b) ? 1 : 0;
        const keys = [dateTimeKey(write(a)), dateTimeKey(write(b))] as const;
        expect(keys[0]).toBeDefined();
        expect(Math.sign(compareKeys(keys[0] ?? '', keys[1] ?? ''))).toBe(order);
      }),
    );
  });

  it('R-147 a megabyte of zeros is read in one pass', () => {
    const zeros = '0'.repeat(1_000_000); // two passes for each zero would not end within the test
    expect(dateTimeKey(`2011-05-13T04:42:34.${zeros}1Z`)).toHaveLength(20 + zeros.length + 1);
    expect(dateTimeKey(`2011-05-13T04:42:34.${zeros}x`)).toBeUndefined();
  });
});

describe('compareKeys', () => {
  it('R-153 orders strings by Unicode code point', () => {
    expect(compareKeys('a', 'b')).toBeLessThan(0);
    expect(compareKeys('Z', 'a')).toBeLessThan(0);
    expect(compareKeys('a', 'ab')).toBeLessThan(0);
    expect(compareKeys('\u{1f600}', '\uff5e')).toBeGreaterThan(0);
    expect(compareKeys('\ud7ff', '\u{10000}')).toBeLessThan(0);
    expect(compareKeys('x', 'x')).toBe(0);
  });

  it('R-153 agrees with comparing code points one by one', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '\ud7ff', '\ue000', '\uffff', '\u{1f600}', '\u{10ffff}'),
    });
    const points = (s: string) => Array.from(s, (c) => c.codePointAt(0) ?? 0);
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [x, y] = [points(a), points(b)];
        const at = x.findIndex((point, i) => point !== y[i]);
        const naive = at === -1 ? x.length - y.length : (x[at] ?? -1) - (y[at] ?? -1);
        expect(Math.sign(compareKeys(a, b))).toBe(Math.sign(naive));
      }),
    );
  });

  it('R-116 orders numbers by size, and false before true', () => {
    expect(compareKeys(9, 10)).toBeLessThan(0);
    expect(compareKeys(false, true)).toBeLessThan(0);
    expect(compareKeys(true, true)).toBe(0);
  });

  it('is total over types as well', () => {
    const keys = ['a', 2, true, '', 1, false];
    expect([...keys].sort(compareKeys)).toEqual([false, true, 1, 2, '', 'a']);
  });
});
