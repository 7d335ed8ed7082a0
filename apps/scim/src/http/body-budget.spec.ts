import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { BodyBudget } from './body-budget.js';

const request = (length?: number) =>
  ({
    headers: length === undefined ? {} : { 'content-length': String(length) },
  }) as IncomingMessage;

describe('BodyBudget', () => {
  it('R-332 refuses what does not fit beside others, until they are over', () => {
    const budget = new BodyBudget(100);
    const ends: (() => void)[] = [];
    const reserve = (length?: number) =>
      budget.reserve(request(length), 80, (end) => void ends.push(end));
    reserve(60);
    expect(() => reserve(41)).toThrow(expect.objectContaining({ status: 503 }));
    expect(() => reserve()).toThrow('BODY_BUDGET');
    reserve(40);
    for (const end of ends.splice(0)) end();
    reserve();
    expect(() => reserve(30)).toThrow('BODY_BUDGET');
    reserve(20);
  });

  it('R-332 takes one that is larger than all of it, alone', () => {
    const budget = new BodyBudget(10);
    budget.reserve(request(50), 80, () => undefined);
    expect(() => budget.reserve(request(1), 80, () => undefined)).toThrow('BODY_BUDGET');
  });
});
