import { expect, it } from 'vitest';
import { stretches } from './stretches.js';

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
