/** The first text that does not begin with a prefix any more; undefined if there is none. */
export function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix);
  for (let i = points.length - 1; i >= 0; i--) {
    const next = successor(points[i]?.codePointAt(0) ?? 0);
    if (next !== undefined) return points.slice(0, i).join('') + next;
  }
  return undefined;
}

/** The character after this one; surrogates are none. */
function successor(code: number): string | undefined {
  if (code >= 0x10ffff) return undefined;
  return String.fromCodePoint(code === 0xd7ff ? 0xe000 : code + 1);
}
