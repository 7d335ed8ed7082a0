import type { RelationDelta } from '#backend';
import { equalJson, isArray, isObject, type JsonObject, type ResourceType } from '#scim';

/** Elements and removals in one request. */
const CHUNK = 100;

/** Operations that make one body of another one, by attribute (RFC 7644 §3.5.2). */
export function attributeOperations(
  type: ResourceType,
  before: JsonObject,
  after: JsonObject,
  relations: readonly string[],
): readonly JsonObject[] {
  const operations: JsonObject[] = [];
  const compare = (prefix: string, a: JsonObject, b: JsonObject, skip: ReadonlySet<string>) => {
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
      if (skip.has(name) || equalJson(a[name], b[name])) continue;
      const path = `${prefix}${name}`;
      const value = b[name];
      operations.push(
        value === undefined ? { op: 'remove', path } : { op: 'replace', path, value },
      );
    }
  };
  const urns = type.extensions.map(({ schema }) => schema.id);
  compare('', before, after, new Set([...relations, ...urns, 'schemas', 'id']));
  for (const urn of urns) {
    const [a, b] = [before[urn], after[urn]];
    compare(`${urn}:`, isObject(a) ? a : {}, isObject(b) ? b : {}, new Set());
  }
  return operations;
}

/** Operations of a relation, each of at most a hundred elements. */
export function memberOperations({ relation, add, remove }: RelationDelta): readonly JsonObject[] {
  const operations: JsonObject[] = remove.map((value) => ({
    op: 'remove',
    path: `${relation}[value eq ${JSON.stringify(value)}]`,
  }));
  for (let start = 0; start < add.length; start += CHUNK) {
    const value = add.slice(start, start + CHUNK).map((element) => ({ ...element }));
    operations.push({ op: 'add', path: relation, value });
  }
  return operations;
}

/** Operations as they are sent together. */
export function splitOperations(
  operations: readonly JsonObject[],
): readonly (readonly JsonObject[])[] {
  const requests: JsonObject[][] = [];
  let weight = CHUNK;
  for (const operation of operations) {
    const own = isArray(operation.value) ? operation.value.length : 1;
    const last = requests.at(-1);
    if (last === undefined || weight + own > CHUNK) {
      requests.push([operation]);
      weight = own;
    } else {
      last.push(operation);
      weight += own;
    }
  }
  return requests;
}
