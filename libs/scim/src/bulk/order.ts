/**
 * Groups 0…count-1 so that each comes after everything it needs; those that need each other in a
 * circle share a group (Tarjan's strongly connected components, without recursion). What has to wait
 * comes right after the last that it needs; everything else keeps its order, and so do the members of
 * a group.
 */
export function dependencyGroups(
  count: number,
  needs: (node: number) => readonly number[],
): readonly (readonly number[])[] {
  const groups: number[][] = [];
  const order = new Array<number>(count).fill(-1);
  const low = new Array<number>(count).fill(-1);
  const open: number[] = [];
  const isOpen = new Array<boolean>(count).fill(false);
  let next = 0;

  const enter = (node: number): Visit => {
    order[node] = next;
    low[node] = next;
    next += 1;
    open.push(node);
    isOpen[node] = true;
    return { node, needs: needs(node), at: 0 };
  };
  const lower = (node: number, to: number): void => {
    low[node] = Math.min(low[node] ?? to, to);
  };

  for (let start = 0; start < count; start += 1) {
    if (order[start] !== -1) continue;
    const path: Visit[] = [enter(start)];
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const { node } = visit;
      const needed = visit.needs[visit.at];
      visit.at += 1;
      if (needed !== undefined) {
        if (order[needed] === -1) path.push(enter(needed));
        else if (isOpen[needed]) lower(node, order[needed] ?? 0);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) lower(parent.node, low[node] ?? 0);
      if (low[node] === order[node]) groups.push(takeFrom(open, node, isOpen));
    }
  }
  return inOrder(groups, count, needs);
}

/** Groups that come after what they need already, each moved back no further than it has to be. */
function inOrder(
  groups: readonly (readonly number[])[],
  count: number,
  needs: (node: number) => readonly number[],
): readonly (readonly number[])[] {
  const place = new Array<number>(count).fill(0);
  const placed = groups.map((group) => {
    let last = group.at(-1) ?? 0;
    for (const node of group) {
      for (const needed of needs(node)) last = Math.max(last, place[needed] ?? 0);
    }
    for (const node of group) place[node] = last;
    return { group, last };
  });
  // The sort is stable: of those in one place, what is needed stays first.
  return placed.sort((a, b) => a.last - b.last).map(({ group }) => group);
}

interface Visit {
  readonly node: number;
  readonly needs: readonly number[];
  at: number;
}

function takeFrom(open: number[], root: number, isOpen: boolean[]): number[] {
  const group = open.splice(open.lastIndexOf(root));
  for (const node of group) isOpen[node] = false;
  return group.sort((a, b) => a - b);
}
