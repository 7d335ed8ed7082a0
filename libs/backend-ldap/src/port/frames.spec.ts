import { describe, expect, it } from 'vitest';
import { Frames, Malformed } from './frames.js';

/** A sequence of so many octets, its length written in the given number of octets. */
function message(length: number, digits = 0): Buffer {
  const size = Buffer.alloc(digits);
  if (digits > 0) size.writeUIntBE(length, 0, digits);
  const head = digits === 0 ? Buffer.from([0x30, length]) : Buffer.from([0x30, 0x80 + digits]);
  return Buffer.concat([head, size, Buffer.alloc(length, 7)]);
}

describe('R-370 messages of a stream', () => {
  const messages = [message(0), message(127), message(128, 1), message(300, 2), message(70_000, 4)];
  const stream = Buffer.concat(messages);

  it.each([1, 2, 3, 5, 64, 1000, stream.length])('are cut out of chunks of %d octets', (size) => {
    const frames = new Frames();
    const found: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size) {
      found.push(...frames.push(stream.subarray(at, at + size)));
    }
    expect(found.map((one) => one.toString('hex'))).toEqual(
      messages.map((one) => one.toString('hex')),
    );
  });

  it('say how much of the one under way is to come', () => {
    const frames = new Frames();
    expect(frames.pending).toBe(0);
    frames.push(message(70_000, 4).subarray(0, 1000));
    expect(frames.pending).toBe(70_006 - 1000);
    frames.push(message(70_000, 4).subarray(1000));
    expect(frames.pending).toBe(0);
  });

  it('of a long one no octet is copied before the last one is there', () => {
    const frames = new Frames();
    const long = message(1 << 20, 4);
    const copies = countedConcat(() => {
      for (let at = 0; at < long.length; at += 1024) frames.push(long.subarray(at, at + 1024));
    });
    expect(copies).toBe(1);
  });

  it.each([
    ['another tag', '04 02 61 62'],
    ['an indefinite length', '30 80 00 00'],
    ['a length of five octets', '30 85 00 00 00 00 01'],
    ['more than there is room for', '30 84 ff ff ff ff'],
  ])('are refused with %s', (_, text) => {
    const octets = Buffer.from(text.replaceAll(' ', ''), 'hex');
    expect(() => new Frames().push(octets)).toThrow(Malformed);
  });
});

/** How often buffers are joined meanwhile. */
function countedConcat(action: () => void): number {
  const { concat } = Buffer;
  let count = 0;
  Buffer.concat = (...given) => {
    count++;
    return concat(...given);
  };
  try {
    action();
  } finally {
    Buffer.concat = concat;
  }
  return count;
}
