import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from './deadline.js';

describe('R-371 the patience with an operation', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  let heard = 0;
  let ended = 0;
  const begin = () => {
    heard = ended = 0;
    return new Deadline(
      1000,
      () => heard,
      () => ended++,
    );
  };

  it('ends where nothing comes', () => {
    begin();
    vi.advanceTimersByTime(990);
    expect(ended).toBe(0);
    vi.advanceTimersByTime(20);
    expect(ended).toBe(1);
  });

  it('begins anew with what comes, but not for ever', () => {
    begin();
    for (let i = 0; i < 19; i++) {
      vi.advanceTimersByTime(900);
      heard = performance.now();
    }
    expect(ended).toBe(0);
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(900);
      heard = performance.now();
    }
    expect(ended).toBe(1);
  });

  it('looks first at what came while the process was busy', () => {
    begin();
    // Timers are due before what has come is read.
    const read = vi.fn(() => {
      heard = performance.now();
    });
    setTimeout(() => setImmediate(read), 999);
    vi.advanceTimersByTime(1100);
    expect(read).toHaveBeenCalled();
    expect(ended).toBe(0);
  });

  it('is over with the answer', () => {
    begin().clear();
    vi.advanceTimersByTime(100_000);
    expect(ended).toBe(0);
  });
});
