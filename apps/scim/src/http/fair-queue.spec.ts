import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.js';

/** Enters and remembers the order of those that got a place. */
function entering(queue: FairQueue) {
  const order: string[] = [];
  const leaving: (() => void)[] = [];
  const enter = (sender: string, signal?: AbortSignal) =>
    queue.enter(sender, signal).then((leave) => {
      order.push(sender);
      leaving.push(leave);
    });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const leave = async () => {
    leaving.shift()?.();
    await settled();
  };
  return { order, enter, leave, settled };
}

describe('FairQueue', () => {
  it('R-331 lets the limit in and takes those that wait in turn by sender', async () => {
    const { order, enter, leave, settled } = entering(new FairQueue(2));
    for (const sender of ['a', 'a', 'a', 'a', 'b', 'c', 'b']) void enter(sender);
    await settled();
    expect(order).toEqual(['a', 'a']);
    for (let i = 0; i < 5; i++) await leave();
    expect(order.slice(2)).toEqual(['a', 'b', 'c', 'a', 'b']);
  });

  it('R-331 leaves places to others', async () => {
    const { order, enter, settled } = entering(new FairQueue(4));
    for (const sender of ['a', 'a', 'a', 'a', 'b']) void enter(sender);
    await settled();
    expect(order).toEqual(['a', 'a', 'a', 'b']);
  });

  it('R-331 refuses what would wait for too long, and forgets who is gone', async () => {
    const queue = new FairQueue(1);
    const { order, enter, leave, settled } = entering(queue);
    await enter('a');
    const gone = new AbortController();
    const given = enter('b', gone.signal).catch((reason: unknown) => reason);
    const waiting = Array.from({ length: 15 }, () => enter('a'));
    await expect(queue.enter('c')).rejects.toMatchObject({
      status: 503,
      headers: { 'Retry-After': '1' },
    });
    gone.abort('gone');
    expect(await given).toBe('gone');
    void enter('c');
    await settled();
    for (let i = 0; i < 17; i++) await leave();
    await Promise.all(waiting);
    expect(order).toHaveLength(17);
    expect(order.slice(0, 3)).toEqual(['a', 'a', 'c']);
  });
});
