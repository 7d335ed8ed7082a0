import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RequestContext } from '../resources/request-context.js';
import { withDeadline } from './deadline.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const context = { signal: new AbortController().signal } as RequestContext;

it('R-336 a query is told to stop when its time is over, with what to ask by', async () => {
  const query = withDeadline(context, 30, ({ signal }) => {
    return new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  });
  const refused = expect(query).rejects.toMatchObject({
    status: 503,
    detail: expect.stringMatching(/QUERY_TIMEOUT.*indexed/),
    headers: { 'Retry-After': '60' },
  });
  vi.advanceTimersByTime(30_000);
  await refused;
});

it('R-336 one that ends in time leaves no timer behind', async () => {
  expect(await withDeadline(context, 30, async () => 'done')).toBe('done');
  expect(vi.getTimerCount()).toBe(0);
});
