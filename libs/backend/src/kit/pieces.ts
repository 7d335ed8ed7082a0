/** A long list in pieces of at most `size`, which a store takes in one question each. */
export function pieces<T>(items: readonly T[], size = 500): readonly (readonly T[])[] {
  const result: T[][] = [];
  for (let i = 0; i < items.length; i += size) result.push(items.slice(i, i + size));
  return result;
}
