import { describe, expect, it } from 'vitest';
import {
  afterValue,
  pageValue,
  readAfterValue,
  readPageValue,
  readViewValue,
  sortValue,
  viewValue,
} from './controls.js';
import type { ViewRequest } from './directory.js';

const request = (start: ViewRequest['start'], count: number): ViewRequest => ({
  base: '',
  scope: 'one',
  attributes: [],
  orderBy: 'cn',
  rule: '2.5.13.3',
  start,
  count,
});
const hex = (text: string) => text.replaceAll(' ', '');

describe('controls of sorted lists', () => {
  it('are written as their definitions say', () => {
    expect(sortValue(request({ offset: 0 }, 1)).toString('hex')).toBe(
      hex(
        `30 10  30 0e  04 02 ${Buffer.from('cn').toString('hex')}
        80 08 ${Buffer.from('2.5.13.3').toString('hex')}`.replace(/\s/g, ''),
      ),
    );
    expect(viewValue(request({ offset: 0 }, 100)).toString('hex')).toBe(
      hex('30 0e 02 01 00 02 01 63 a0 06 02 01 01 02 01 00'),
    );
    // 128 and 65536 have a zero octet in front, or more than one: integers have a sign.
    expect(viewValue(request({ offset: 65_535 }, 129)).toString('hex')).toBe(
      hex('30 11 02 01 00 02 02 00 80 a0 08 02 03 01 00 00 02 01 00'),
    );
    expect(viewValue(request({ from: 'ab' }, 1)).toString('hex')).toBe(
      hex('30 0a 02 01 00 02 01 00 81 02 61 62'),
    );
    const long = viewValue(request({ from: 'a'.repeat(300) }, 1));
    expect(long.subarray(0, 14).toString('hex')).toBe(
      hex('30 82 01 36 02 01 00 02 01 00 81 82 01 2c'),
    );
    expect(long).toHaveLength(314);
  });

  it('ask for pages, and read where the next one begins', () => {
    expect(pageValue(500, undefined).toString('hex')).toBe(hex('30 06 02 02 01 f4 04 00'));
    expect(pageValue(1, Buffer.from('ab')).toString('hex')).toBe(hex('30 07 02 01 01 04 02 61 62'));
    const read = (text: string) => readPageValue(Buffer.from(hex(text), 'hex'))?.toString();
    expect(read('30 07 02 01 00 04 02 61 62')).toBe('ab');
    expect(read('30 05 02 01 00 04 00')).toBeUndefined();
    for (const wrong of ['', '30', '30 03 02 01 00']) expect(read(wrong), wrong).toBeUndefined();
  });

  it('R-375 ask for attributes after a change, and read them', () => {
    expect(afterValue(['entryCSN']).toString('hex')).toBe(
      hex(`30 0a 04 08 ${Buffer.from('entryCSN').toString('hex')}`),
    );
    const read = (text: string) => readAfterValue(Buffer.from(hex(text), 'hex'));
    expect(read('64 15 04 04 63 6e 3d 61 30 0d 30 0b 04 02 43 6e 31 05 04 01 61 04 00')).toEqual(
      new Map([['cn', [Buffer.from('a'), Buffer.from('')]]]),
    );
    expect(read('64 08 04 04 63 6e 3d 61 30 00')).toEqual(new Map());
    for (const wrong of ['', '64 00', '30 08 04 04 63 6e 3d 61 30 00', '64 02 04 04']) {
      expect(read(wrong), wrong).toBeUndefined();
    }
  });

  it('are read where they say how long the list is, and nothing else', () => {
    const read = (text: string) => readViewValue(Buffer.from(hex(text), 'hex'));
    expect(read('30 14 02 01 01 02 02 27 10 0a 01 00 04 08 90 61 10 b0 f7 7f 00 00')).toEqual({
      total: 10_000,
      code: 0,
    });
    expect(read('30 09 02 01 00 02 01 00 0a 01 3d')).toEqual({ total: 0, code: 61 });
    for (const wrong of ['', '30', '30 05 02 01', '04 02 61 62', '30 03 02 01 00', '30 80 00 00']) {
      expect(read(wrong), wrong).toBeUndefined();
    }
  });
});
