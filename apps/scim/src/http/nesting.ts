const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether JSON nests deeper than `limit` arrays and objects. `JSON.parse` takes any depth, but what
 * walks the value afterwards would run out of stack.
 */
export function isDeeperThan(text: string, limit: number): boolean {
  // Every level takes two characters.
  if (text.length < 2 * limit) return false;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (quoted) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > limit) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}
