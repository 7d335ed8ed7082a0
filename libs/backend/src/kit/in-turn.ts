/** Operations under way at once. */
const AT_ONCE = 16;

/** The results in the order of the items, some at once. */
export async function inTurn<T, R>(
  items: readonly T[],
  action: (item: T) => Promise<R>,
  atOnce = AT_ONCE,
): Promise<readonly R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    results.push(...(await Promise.all(items.slice(start, start + atOnce).map(action))));
  }
  return results;
}
