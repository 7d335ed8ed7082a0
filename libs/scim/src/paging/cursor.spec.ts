import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScimError } from '../errors.js';
import { type CursorPayload, CursorSealer, queryFingerprint } from './cursor.js';

const now = 1_700_000_000_000;
const query = queryFingerprint(['tenant', 'client', '/Users', 'userName sw "j"']);
const payload: CursorPayload = {
  position: { key: 'jensen', created: '2020-01-01T00:00:00', id: 'u-1' },
  query,
  count: 100,
  issued: now,
};
const expected = { query, count: 100, now: now + 1000, timeoutSeconds: 3600 };
const sealer = new CursorSealer(['s3cret']);

const refusal = (text: string, more: Partial<typeof expected> = {}, by = sealer) => {
  try {
    by.open(text, { ...expected, ...more });
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
  throw new Error('accepted');
};

describe('CursorSealer', () => {
  it('R-285 R-286 opens what it sealed, in unreserved characters', () => {
    const position = fc.record({
      key: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
        fc.boolean(),
        fc.constant(null),
      ),
      created: fc.string(),
      id: fc.string({ unit: 'grapheme' }),
    });
    fc.assert(
      fc.property(position, (any) => {
        const text = sealer.seal({ ...payload, position: any });
        expect(text).toMatch(/^[A-Za-z0-9._~-]+$/);
        expect(sealer.open(text, expected)).toEqual(any);
      }),
    );
  });

  it('shows nothing of its content, and never the same twice', () => {
    const text = sealer.seal(payload);
    expect(Buffer.from(text, 'base64url').toString('latin1')).not.toContain('jensen');
    expect(sealer.seal(payload)).not.toBe(text);
  });

  it('R-288 refuses a forged cursor, whatever character was changed', () => {
    const text = sealer.seal(payload);
    for (let i = 0; i < text.length; i++) {
      const other = text[i] === 'A' ? 'B' : 'A';
      const forged = `${text.slice(0, i)}${other}${text.slice(i + 1)}`;
      expect(refusal(forged)).toMatchObject({ status: 400, scimType: 'invalidCursor' });
    }
  });

  it('R-288 refuses every change of one bit, and what does not change a bit', () => {
    const text = sealer.seal(payload);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (const char of alphabet) {
      const forged = text.slice(0, -1) + char;
      if (forged !== text) expect(refusal(forged).scimType).toBe('invalidCursor');
    }
    for (const spelling of [
      `${text}=`,
      ` ${text}`,
      `${text}\n`,
      text.slice(0, -4),
      `${text}AAAA`,
    ]) {
      expect(refusal(spelling).scimType).toBe('invalidCursor');
    }
  });

  it.each(['', 'x', 'AQ', 'not a cursor', '__proto__', 'A'.repeat(200), 'A'.repeat(1_000_000)])(
    'R-288 refuses text that was never a cursor',
    (text) => {
      expect(refusal(text).scimType).toBe('invalidCursor');
    },
  );

  it('R-288 R-295 is valid for the whole time-out and expired after it', () => {
    const text = sealer.seal(payload);
    expect(sealer.open(text, { ...expected, now: now + 3_600_000 })).toEqual(payload.position);
    expect(refusal(text, { now: now + 3_600_001 })).toMatchObject({
      status: 400,
      scimType: 'expiredCursor',
    });
  });

  it('R-288 refuses another count', () => {
    expect(refusal(sealer.seal(payload), { count: 50 })).toMatchObject({
      status: 400,
      scimType: 'invalidCount',
    });
  });

  it('R-289 R-294 a changed query or another client is told as little as a forger', () => {
    const text = sealer.seal(payload);
    const other = queryFingerprint(['tenant', 'other', '/Users', 'userName sw "j"']);
    const foreign = refusal(text, { query: other, count: 1, now: now + 10 ** 9 });
    expect(foreign.toJSON()).toEqual(refusal('forged').toJSON());
  });

  it('R-295 survives a restart and is read by every replica, also while secrets change', () => {
    const old = new CursorSealer(['old']);
    const changing = new CursorSealer(['new', 'old']);
    const changed = new CursorSealer(['new']);
    expect(new CursorSealer(['old']).open(old.seal(payload), expected)).toEqual(payload.position);
    expect(changing.open(old.seal(payload), expected)).toEqual(payload.position);
    expect(changed.open(changing.seal(payload), expected)).toEqual(payload.position);
    expect(refusal(old.seal(payload), {}, changed).scimType).toBe('invalidCursor');
  });

  it('needs a secret', () => {
    expect(() => new CursorSealer([])).toThrow('secret');
    expect(() => new CursorSealer(['a', ''])).toThrow('secret');
  });
});

describe('queryFingerprint', () => {
  it('R-289 tells every part apart, and a missing one from an empty one', () => {
    const prints = [[], [''], [undefined], ['a', 'b'], ['ab'], ['ab', ''], ['a","b']].map((parts) =>
      queryFingerprint(parts),
    );
    expect(new Set(prints).size).toBe(prints.length);
    expect(queryFingerprint(['a', undefined])).toBe(queryFingerprint(['a', undefined]));
  });
});
