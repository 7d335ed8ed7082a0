import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Smallest } from './smallest.js';

it('keeps the smallest of all that was pushed, and no more than asked', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 })), fc.nat({ max: 12 }), (all, capacity) => {
      const smallest = new Smallest<number>(capacity, (a, b) => a - b);
      for (const item of all) smallest.push(item);
      expect(smallest.sorted()).toEqual([...all].sort((a, b) => a - b).slice(0, capacity));
      expect(smallest.full).toBe(all.length >= capacity);
    }),
  );
});
