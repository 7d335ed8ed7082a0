import { isArray, type Json, type JsonObject } from '#scim';

/** Elements of a list that are written out together. */
const TOGETHER = 500;

/**
 * An object as JSON, one piece after the other: what holds a list of a hundred thousand elements need
 * not be one text in memory. Joined, the pieces are what `JSON.stringify` makes.
 */
export function* jsonPieces(object: JsonObject): Generator<string> {
  const members = Object.entries(object);
  if (!members.some(([, value]) => isLong(value))) {
    yield JSON.stringify(object);
    return;
  }
  let before = '{';
  for (const [name, value] of members) {
    const label = `${before}${JSON.stringify(name)}:`;
    before = ',';
    if (!isLong(value)) {
      yield `${label}${JSON.stringify(value)}`;
      continue;
    }
    yield `${label}[`;
    for (let from = 0; from < value.length; from += TOGETHER) {
      const some = JSON.stringify(value.slice(from, from + TOGETHER)).slice(1, -1);
      yield from === 0 ? some : `,${some}`;
    }
    yield ']';
  }
  yield '}';
}

function isLong(value: Json | undefined): value is readonly Json[] {
  return isArray(value) && value.length > TOGETHER;
}
