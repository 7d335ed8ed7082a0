import { expect, it } from 'vitest';
import { stretches, TimeSlice, turn } from './time-slice.js';

it('R-307 others have their turn while many are gone through, and none is left out', async () => {
  const items = Array.from({ length: 150_000 }, (_, i) => i);
  let turns = 0;
  let over = false;
  const count = () => {
    turns += 1;
    if (!over) setImmediate(count);
  };
  setImmediate(count);
  const met: number[] = [];
  let parts = 0;
  for await (const some of stretches(items)) {
    met.push(...some);
    parts += 1;
  }
  over = true;
  expect(met).toEqual(items);
  expect(parts).toBeGreaterThan(50);
  expect(turns).toBeGreaterThanOrEqual(parts - 1);
});

it('R-553 a slice ends by itself, and the next one begins once others had their turn', async () => {
  const slice = new TimeSlice();
  while (!slice.isOver);
  let turns = 0;
  setImmediate(() => {
    turns += 1;
  });
  await slice.next();
  expect(turns).toBe(1);
});

it('R-553 one piece of long work goes on at a time, in the order in which they waited', async () => {
  const order: string[] = [];
  const piece = async (name: string) => {
    for (let i = 0; i < 3; i++) {
      await turn();
      order.push(name);
    }
  };
  const short = () => {
    order.push('short');
    if (order.length < 12) setImmediate(short);
  };
  const long = [piece('a'), piece('b')];
  setImmediate(short);
  await Promise.all(long);
  expect(order.join(' ')).toMatch(/^a short b short a short b short a short b/);
});
