import { expect, it } from 'vitest';
import { FailedAttempts } from './failed-attempts.js';

function fail(attempts: FailedAttempts, address: string, times: number, now = 0) {
  let wait: number | undefined;
  for (let i = 0; i < times; i++) wait = once(attempts, address, now);
  return wait;
}

/** A failure that is answered at once; seconds to wait. */
function once(attempts: FailedAttempts, address: string, now: number): number | undefined {
  const { retryAfter, done } = attempts.note(address, now);
  done();
  return retryAfter;
}

it('R-025 an address has twenty tries a minute', () => {
  const attempts = new FailedAttempts();
  expect(fail(attempts, '10.0.0.1', 20)).toBeUndefined();
  expect(once(attempts, '10.0.0.1', 10_000)).toBe(50);
  expect(once(attempts, '10.0.0.2', 10_000)).toBeUndefined();
  expect(once(attempts, '10.0.0.1', 60_000)).toBeUndefined();
});

it('R-025 an IPv6 network counts as one address, and a mapped IPv4 address as itself', () => {
  const attempts = new FailedAttempts();
  for (let i = 0; i < 20; i++) once(attempts, `2001:db8:0:1::${i.toString(16)}`, 0);
  expect(once(attempts, '2001:db8:0:1:ffff:1:2:3', 0)).toBe(60);
  expect(once(attempts, '2001:db8:0:2::1', 0)).toBeUndefined();
  fail(attempts, '::ffff:10.0.0.1', 20);
  expect(once(attempts, '10.0.0.1', 0)).toBe(60);
  expect(once(attempts, '::1', 0)).toBeUndefined();
});

it('R-025 remembers a bounded number of addresses', () => {
  const attempts = new FailedAttempts();
  fail(attempts, '10.0.0.1', 20);
  for (let i = 0; i < 10_000; i++) once(attempts, `a${i}`, 0);
  expect(once(attempts, '10.0.0.1', 0)).toBeUndefined();
});

it('R-440 the more failures, the later they are told, and few wait at once', () => {
  const attempts = new FailedAttempts();
  const pauses = Array.from({ length: 8 }, () => {
    const failure = attempts.note('10.0.0.1', 0);
    failure.done();
    return failure.pause;
  });
  expect(pauses.slice(0, 3)).toEqual([0, 0, 0]);
  expect([...pauses].sort((a, b) => a - b)).toEqual(pauses);
  expect(pauses[7]).toBeGreaterThan(0);
  const waiting = Array.from({ length: 10 }, () => attempts.note('10.0.0.2', 0));
  expect(waiting.every(({ retryAfter }) => retryAfter === undefined)).toBe(true);
  expect(attempts.note('10.0.0.2', 0).retryAfter).toBe(60);
  waiting[0]?.done();
  expect(attempts.note('10.0.0.2', 0).retryAfter).toBeUndefined();
});
