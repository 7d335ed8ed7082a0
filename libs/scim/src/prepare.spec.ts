import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  prepareCaseExact,
  prepareCaseIgnore,
  preparePassword,
  prepareUserName,
} from './prepare.js';

describe('string preparation', () => {
  it.each([
    ['ASCII case', 'BJensen', 'bjensen'],
    ['full-width letters', 'Ｂｊｅｎｓｅｎ＠ｘ', 'bjensen@x'],
    ['half-width katakana with its voicing mark', 'ｶﾞ', 'ガ'],
    ['half-width Hangul', 'ﾡ', 'ㄱ'],
    ['full-width macron', '￣', '\u00af'],
    ['ideographic space', 'a\u3000b', 'a b'],
    ['decomposed accents', 'E\u0301mile', '\u00e9mile'],
    ['sharp s', 'STRAẞE', 'straße'],
    ['ligatures stay, they are no width forms', 'ﬁ', 'ﬁ'],
    ['blanks and symbols are not refused', 'Jo Doe <x>', 'jo doe <x>'],
    ['nothing', '', ''],
  ])('R-149 userName: %s', (_, text, prepared) => {
    expect(prepareUserName(text)).toBe(prepared);
  });

  it('keeps width forms apart where only case is ignored', () => {
    expect(prepareCaseIgnore('Ａ')).toBe('ａ');
    expect(prepareCaseExact('Ａ')).toBe('Ａ');
  });

  it('finds a part of a word in the whole, also where it ends in sigma', () => {
    const whole = prepareCaseIgnore('ΟΔΥΣΣΕΥΣ');
    expect(whole.startsWith(prepareCaseIgnore('ΟΔΥΣ'))).toBe(true);
    expect(whole).toBe(prepareCaseIgnore('οδυσσευς'));
  });

  it('prepares a password: other spaces and NFC, but neither case nor width', () => {
    expect(preparePassword('Pa\u00a0ss\u3000Ａe\u0301')).toBe('Pa ss Ａ\u00e9');
  });

  it.each([
    ['prepareUserName', prepareUserName],
    ['prepareCaseIgnore', prepareCaseIgnore],
    ['prepareCaseExact', prepareCaseExact],
    ['preparePassword', preparePassword],
  ])('R-149 %s is idempotent and blind to canonical forms', (_, prepare) => {
    const unit = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 1 }),
      fc.constantFrom('\u0301', '\u0307', 'İ', 'ſ', 'Å', 'Σ', 'ς', 'ﾞ', 'ﾊ', '\ud800', 'ﾾ'),
    );
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        const text = units.join('');
        const prepared = prepare(text);
        expect(prepare(prepared)).toBe(prepared);
        expect(prepare(text.normalize('NFD'))).toBe(prepared);
      }),
    );
  });
});
