import { expect, it } from 'vitest';
import { FailedAttempts } from './failed-attempts.js';

function fail(attempts: FailedAttempts, address: string, times: number, now = 0) {
  let wait: number | undefined;
  for (let i = 0; i < times; i++) wait = attempts.note(address, now);
  return wait;
}

it('R-025 an address has twenty tries a minute', () => {
  const attempts = new FailedAttempts();
  expect(fail(attempts, '10.0.0.1', 20)).toBeUndefined();
  expect(attempts.note('10.0.0.1', 10_000)).toBe(50);
  expect(attempts.note('10.0.0.2', 10_000)).toBeUndefined();
  expect(attempts.note('10.0.0.1', 60_000)).toBeUndefined();
});

it('R-025 an IPv6 network counts as one address, and a mapped IPv4 address as itself', () => {
  const attempts = new FailedAttempts();
  for (let i = 0; i < 20; i++) attempts.note(`2001:db8:0:1::${i.toString(16)}`, 0);
  expect(attempts.note('2001:db8:0:1:ffff:1:2:3', 0)).toBe(60);
  expect(attempts.note('2001:db8:0:2::1', 0)).toBeUndefined();
  fail(attempts, '::ffff:10.0.0.1', 20);
  expect(attempts.note('10.0.0.1', 0)).toBe(60);
  expect(attempts.note('::1', 0)).toBeUndefined();
});

it('R-025 remembers a bounded number of addresses', () => {
  const attempts = new FailedAttempts();
  fail(attempts, '10.0.0.1', 20);
  for (let i = 0; i < 10_000; i++) attempts.note(`a${i}`, 0);
  expect(attempts.note('10.0.0.1', 0)).toBeUndefined();
});
