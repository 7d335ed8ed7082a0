import { expect, it } from 'vitest';
import { Backoff } from './backoff.js';

it('waits longer from failure to failure, up to a limit, and starts over after success', () => {
  const backoff = new Backoff(20, 160);
  const waits = Array.from({ length: 12 }, () => backoff.next());
  expect(waits[0]).toBeLessThanOrEqual(20);
  expect(Math.max(...waits)).toBeLessThanOrEqual(160);
  expect(Math.min(...waits.slice(-4))).toBeGreaterThan(20);
  backoff.reset();
  expect(backoff.next()).toBeLessThanOrEqual(20);
});
