import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dependencyGroups } from './order.js';

const groups = (needs: readonly (readonly number[])[]) =>
  dependencyGroups(needs.length, (node) => needs[node] ?? []);

describe('dependencyGroups', () => {
  it.each([
    ['nothing', [], []],
    ['no needs', [[], [], []], [[0], [1], [2]]],
    ['R-323 a forward need', [[2], [], []], [[1], [2], [0]]],
    ['R-323 two that wait', [[3], [3], [], []], [[2], [3], [0], [1]]],
    ['R-323 a circle around another', [[2], [], [0]], [[1], [0, 2]]],
    ['a chain', [[1], [2], []], [[2], [1], [0]]],
    ['a circle', [[1], [0], []], [[0, 1], [2]]],
    ['itself', [[0]], [[0]]],
    ['a circle with a need', [[1], [0, 2], []], [[2], [0, 1]]],
    [
      'two circles',
      [[1], [0, 2], [3], [2]],
      [
        [2, 3],
        [0, 1],
      ],
    ],
  ])('orders %s', (_name, needs, expected) => {
    expect(groups(needs)).toEqual(expected);
  });

  it('does not recurse', () => {
    const count = 100_000;
    const chain = dependencyGroups(count, (node) => (node + 1 < count ? [node + 1] : []));
    expect(chain).toHaveLength(count);
    expect(chain[0]).toEqual([count - 1]);
  });

  it('puts each group after what it needs, and together what reaches each other', () => {
    const graph = fc.integer({ min: 1, max: 8 }).chain((n) =>
      fc.array(fc.uniqueArray(fc.nat({ max: n - 1 }), { maxLength: 3 }), {
        minLength: n,
        maxLength: n,
      }),
    );
    fc.assert(
      fc.property(graph, (needs) => {
        const found = groups(needs);
        const place = new Map(found.flatMap((group, i) => group.map((node) => [node, i] as const)));
        expect([...place.keys()].sort()).toEqual(needs.map((_, i) => i));
        const reach = needs.map((_, node) => reachable(node, needs));
        needs.forEach((list, node) => {
          for (const other of list)
            expect(place.get(other)).toBeLessThanOrEqual(place.get(node) ?? -1);
          needs.forEach((_, other) => {
            const mutual = node === other || (reach[node]?.has(other) && reach[other]?.has(node));
            expect(place.get(node) === place.get(other)).toBe(mutual ?? false);
          });
        });
      }),
    );
  });
});

function reachable(start: number, needs: readonly (readonly number[])[]): Set<number> {
  const seen = new Set<number>();
  const open = [...(needs[start] ?? [])];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    open.push(...(needs[node] ?? []));
  }
  return seen;
}
