/** What a field has to be, as MongoDB's query operators say it. Values are never operators. */
export type Expression = Readonly<Record<`$${string}`, unknown>>;
export type MongoQuery = Readonly<Record<string, unknown>>;

/**
 * A condition on documents, or on elements of a list. `not` stands nowhere but before a test, so
 * that leaving a part out always makes a superset (design law 1).
 */
export type Node =
  | { readonly kind: 'and' | 'or'; readonly nodes: readonly Node[] }
  | Test
  | { readonly kind: 'constant'; readonly value: boolean };

export interface Test {
  readonly kind: 'test';
  readonly field: string;
  readonly is: Expression;
}

export const TRUE: Node = { kind: 'constant', value: true };
export const FALSE: Node = { kind: 'constant', value: false };

export function test(field: string, is: Expression): Test {
  return { kind: 'test', field, is };
}

export function and(nodes: readonly Node[]): Node {
  return combine('and', nodes);
}

export function or(nodes: readonly Node[]): Node {
  return combine('or', nodes);
}

/** Flattened, and without constants that say nothing. */
function combine(kind: 'and' | 'or', nodes: readonly Node[]): Node {
  const neutral = kind === 'and';
  const flat = nodes.flatMap((node) => (node.kind === kind ? node.nodes : [node]));
  if (flat.some((node) => node.kind === 'constant' && node.value !== neutral)) {
    return neutral ? FALSE : TRUE;
  }
  const rest = flat.filter(({ kind: own }) => own !== 'constant');
  const [first] = rest;
  if (first === undefined) return neutral ? TRUE : FALSE;
  return rest.length === 1 ? first : { kind, nodes: rest };
}

/** The opposite, with `not` before each test (De Morgan). */
export function negate(node: Node): Node {
  switch (node.kind) {
    case 'constant':
      return node.value ? FALSE : TRUE;
    case 'test':
      return test(node.field, { $not: node.is });
    case 'and':
      return or(node.nodes.map(negate));
    case 'or':
      return and(node.nodes.map(negate));
  }
}

/** The condition in the query language. */
export function queryOf(node: Node): MongoQuery {
  switch (node.kind) {
    case 'constant':
      return node.value ? {} : { _id: { $in: [] } };
    case 'test':
      return { [node.field]: node.is };
    case 'or':
      return { $or: node.nodes.map(queryOf) };
    case 'and':
      return conjunction(node.nodes.map(queryOf));
  }
}

/** One flat object as far as names allow it: planners know it best. */
function conjunction(queries: readonly MongoQuery[]): MongoQuery {
  const flat: Record<string, unknown> = {};
  const rest: MongoQuery[] = [];
  for (const query of queries) {
    const isNew = Object.keys(query).every((name) => !Object.hasOwn(flat, name));
    if (isNew) Object.assign(flat, query);
    else rest.push(query);
  }
  return rest.length === 0 ? flat : { ...flat, $and: rest };
}

/** Most alternatives of one element's condition that are spelled out. */
const MOST_ALTERNATIVES = 32;

/**
 * Lists with one element that fulfils the condition, as alternatives, each of which is one
 * `$elemMatch` of tests: logical operators within it are not known to every server.
 * @returns undefined where it cannot be said so exactly
 */
export function elementTests(list: string, node: Node): Node | undefined {
  if (node.kind === 'constant') return node.value ? test(list, { $exists: true }) : FALSE;
  const found: Node[] = [];
  const all = alternatives(node);
  if (all === undefined) return undefined;
  for (const tests of all) {
    const members: Record<string, Expression> = {};
    for (const { field, is } of tests) {
      const before = members[field] ?? {};
      if (Object.keys(is).some((operator) => operator in before)) return undefined;
      members[field] = { ...before, ...is };
    }
    found.push(test(list, { $elemMatch: members }));
  }
  return or(found);
}

/** The disjunctive normal form: lists of tests, one of which has to be fulfilled whole. */
function alternatives(node: Node): readonly (readonly Test[])[] | undefined {
  switch (node.kind) {
    case 'constant':
      return node.value ? [[]] : [];
    case 'test':
      return [[node]];
    case 'or': {
      const parts = node.nodes.map(alternatives);
      return limited(parts.every((part) => part !== undefined) ? parts.flat() : undefined);
    }
    case 'and':
      return node.nodes
        .map(alternatives)
        .reduce<ReturnType<typeof alternatives>>(
          (product, part) =>
            limited(product && part?.flatMap((own) => product.map((tests) => [...tests, ...own]))),
          [[]],
        );
  }
}

function limited<T>(all: readonly T[] | undefined): readonly T[] | undefined {
  return all !== undefined && all.length <= MOST_ALTERNATIVES ? all : undefined;
}

/** Whether only documents that are served can fulfil it: those have what is derived of them. */
export function impliesServed(node: Node): boolean {
  switch (node.kind) {
    case 'constant':
      return !node.value;
    case 'test':
      return isPositive(node);
    case 'and':
      return node.nodes.some(impliesServed);
    case 'or':
      return node.nodes.every(impliesServed);
  }
}

function isPositive({ field, is }: Test): boolean {
  // At most one document has an id; whether it is served is seen when it is read. Ids that were
  // looked up are those of documents that are.
  if (field === '_id') return '$eq' in is || '$in' in is;
  return field.startsWith('_scim.') && !('$not' in is || '$ne' in is || is.$exists === false);
}
