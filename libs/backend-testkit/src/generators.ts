import fc from 'fast-check';
import {
  type Attribute,
  type AttributePath,
  isObject,
  type JsonObject,
  leaf,
  type MutableJsonObject,
  type ResourceType,
  valuesAt,
} from '#scim';

/** Few values, so that filters hit, and those that stores get wrong. */
const TEXTS = [
  'a',
  'A',
  'ab',
  'AB',
  'b',
  'ba',
  '\u00e9',
  'e\u0301',
  'E\u0301',
  '\u00df',
  'ss',
  'SS',
  '\u0130',
  'i\u0307',
  'I',
  '\u0131',
  '\uff21',
  '\ufb00',
  'ff',
  '\u03c3',
  '\u03c2',
  '\u03a3',
  '%',
  '_',
  'a_',
  'a%',
  '*',
  '\\',
  '"',
  "'",
  'a b',
  ' a',
  'a ',
  '\u{1f600}',
  '\uffee',
  '',
  '0',
  '10',
  '9',
  'true',
  'null',
  '(a)',
  '[a]',
  '$a',
  '{}',
  '\t',
  'a\0',
] as const;
/** What a required text may be. */
const SAYING_SOMETHING = TEXTS.filter((text) => text.trim() !== '');
const TIMES = [
  '2024-01-01T00:00:00Z',
  '2024-01-01T02:00:00+02:00',
  '2023-12-31T23:59:59.999Z',
  '2024-01-01T00:00:00.0000001Z',
  '2011-05-13T04:42:34Z',
  '0001-01-01T00:00:00Z',
] as const;
const BINARIES = ['AAECAw==', 'AAECAw', 'AQ==', '', 'gICA'] as const;

/** Attributes that random resources have values of, and random filters look at. */
export function writable(type: ResourceType): readonly Attribute[] {
  const computed = new Set([...type.relations, ...type.inverses].map(({ attribute }) => attribute));
  return type.all.filter(
    (attribute) =>
      attribute.mutability !== 'readOnly' &&
      attribute.returned !== 'never' &&
      !['id', 'meta', 'schemas'].includes(attribute.name) &&
      !computed.has(attribute),
  );
}

/** Random values of a resource's attributes; unique ones, relations and `meta` are not among them. */
export function attributesOf(type: ResourceType): fc.Arbitrary<JsonObject> {
  const unique = new Set(type.unique.map(({ attribute }) => attribute));
  const chosen = writable(type).filter((attribute) => !unique.has(attribute));
  const plain = chosen.filter(({ extension }) => extension === undefined);
  const urns = [...new Set(chosen.flatMap(({ extension }) => extension ?? []))];
  const extensions = urns.map((urn) =>
    members(chosen.filter(({ extension }) => extension === urn)).map(
      (value): JsonObject => (Object.keys(value).length === 0 ? {} : { [urn]: value }),
    ),
  );
  return fc.tuple(members(plain), ...extensions).map((parts) => {
    const values: MutableJsonObject = Object.assign({}, ...parts);
    return { ...values, schemas: [type.schema.id, ...urns.filter((urn) => urn in values)] };
  });
}

function members(attributes: readonly Attribute[]): fc.Arbitrary<JsonObject> {
  const model = Object.fromEntries(
    attributes.map((attribute) => {
      const value = assigned(attribute);
      return [attribute.name, attribute.required ? value : sparse(value)];
    }),
  );
  return fc.record(model).map((record) => {
    const kept: MutableJsonObject = {};
    for (const [name, value] of Object.entries(record)) {
      if (value !== undefined) kept[name] = value;
    }
    return kept;
  });
}

/** Two of three attributes that need not be there are unassigned. */
function sparse<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { arbitrary: fc.constant(undefined), weight: 2 },
    { arbitrary: value, weight: 1 },
  );
}

function assigned(attribute: Attribute): fc.Arbitrary<NonNullable<JsonObject[string]> | undefined> {
  if (!attribute.multiValued) return singular(attribute);
  return fc
    .array(singular(attribute), { minLength: 1, maxLength: 3 })
    .map((elements) => elements.filter((element) => element !== undefined))
    .map((elements) => (elements.length === 0 ? undefined : withOnePrimary(elements)));
}

/** RFC 7643 §2.4: at most one of them is the primary one. */
function withOnePrimary<T>(elements: readonly T[]): readonly T[] {
  const isPrimary = (element: T) => isObject(element) && element.primary === true;
  const first = elements.findIndex(isPrimary);
  return elements.map((element, i) =>
    i !== first && isPrimary(element) ? { ...element, primary: false } : element,
  );
}

function singular(attribute: Attribute): fc.Arbitrary<NonNullable<JsonObject[string]> | undefined> {
  switch (attribute.type) {
    case 'complex':
      return members(
        attribute.subAttributes.filter(
          ({ name, mutability }) => name !== '$ref' && mutability !== 'readOnly',
        ),
      ).map((value) => (Object.keys(value).length === 0 ? undefined : value));
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: -3, max: 12 });
    case 'decimal':
      return fc.constantFrom(-1.5, 0, 0.1, 2, 1e21);
    case 'dateTime':
      return fc.constantFrom(...TIMES);
    case 'binary':
      return fc.constantFrom(...BINARIES);
    case 'string':
    case 'reference':
      return fc.constantFrom(...(attribute.required ? SAYING_SOMETHING : TEXTS));
  }
}

/** A filter's shape, chosen before the resources are known; numbers pick modulo what there is. */
export type Recipe =
  | {
      readonly kind: 'leaf';
      readonly path: number;
      readonly operator: number;
      readonly value: number;
    }
  | { readonly kind: 'element'; readonly path: number; readonly inner: readonly Recipe[] }
  | { readonly kind: 'not'; readonly of: Recipe }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Recipe[] };

const pick = fc.nat({ max: 10_000 });

const leafRecipe = fc.record({
  kind: fc.constant('leaf' as const),
  path: pick,
  operator: pick,
  value: pick,
});

export const recipe: fc.Arbitrary<Recipe> = fc.letrec<{ node: Recipe }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { arbitrary: leafRecipe, weight: 4 },
    {
      arbitrary: fc.record({
        kind: fc.constant('element' as const),
        path: pick,
        inner: fc.array(leafRecipe, { minLength: 1, maxLength: 2 }),
      }),
      weight: 2,
    },
    { arbitrary: fc.record({ kind: fc.constant('not' as const), of: tie('node') }), weight: 2 },
    {
      arbitrary: fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        of: fc.array(tie('node'), { minLength: 2, maxLength: 3 }),
      }),
      weight: 2,
    },
  ),
})).node;

/** The simple paths that a filter may name: common, core and extension, relations and computed. */
export function filterPaths(type: ResourceType): readonly AttributePath[] {
  return type.all
    .filter(({ returned }) => returned !== 'never')
    .flatMap((attribute): AttributePath[] =>
      attribute.type === 'complex'
        ? attribute.subAttributes.map((sub) => ({ attribute, sub }))
        : [{ attribute, sub: undefined }],
    )
    .filter((path) => !UNCOMPARED.has(leaf(path).name) && leaf(path).returned !== 'never');
}

/** Not kept, or different in every store. */
const UNCOMPARED = new Set(['$ref', 'location', 'version']);

/** The filter as a client writes it; literals are taken from the resources where they can be. */
export function writeFilter(
  type: ResourceType,
  resources: readonly JsonObject[],
  node: Recipe,
): string {
  switch (node.kind) {
    case 'not':
      return `not (${writeFilter(type, resources, node.of)})`;
    case 'and':
    case 'or':
      return node.of.map((one) => `(${writeFilter(type, resources, one)})`).join(` ${node.kind} `);
    case 'element': {
      const owners = type.all.filter((a) => a.multiValued && a.type === 'complex');
      const attribute = at(owners, node.path);
      const paths = filterPaths(type).filter((path) => path.attribute === attribute);
      const terms = node.inner.flatMap((inner) =>
        inner.kind === 'leaf'
          ? [writeLeaf(paths, resources, inner, ({ sub }) => sub?.name ?? 'value')]
          : [],
      );
      return `${attribute.path}[${terms.join(' and ')}]`;
    }
    case 'leaf':
      return writeLeaf(favoured(type, node.path), resources, node, (path) => leaf(path).path);
  }
}

/** Every second leaf looks at one of the paths that clients look things up by. */
function favoured(type: ResourceType, number: number): readonly AttributePath[] {
  return number % 2 === 0 ? filterPaths(type) : type.indexed;
}

function writeLeaf(
  paths: readonly AttributePath[],
  resources: readonly JsonObject[],
  node: Recipe & { kind: 'leaf' },
  name: (path: AttributePath) => string,
): string {
  const path = at(paths, node.path >> 1);
  const { type } = leaf(path);
  const operator = at(operators(type), node.operator);
  if (operator === 'pr') return `${name(path)} pr`;
  const present = resources.flatMap((resource) => valuesAt(resource, path));
  const literals = [...present, ...spareLiterals(type)];
  const chosen = at(literals, node.value);
  const literal = node.value % 3 === 0 && type === 'string' ? inOtherCase(chosen) : chosen;
  const cut = typeof literal === 'string' && ['co', 'sw', 'ew'].includes(operator);
  return `${name(path)} ${operator} ${JSON.stringify(cut ? part(literal, operator) : literal)}`;
}

function inOtherCase<T>(literal: T): T | string {
  if (typeof literal !== 'string') return literal;
  const upper = literal.toUpperCase();
  return literal === upper ? literal.toLowerCase() : upper;
}

/** By code points, so that no surrogate is left alone. */
function part(text: string, operator: string): string {
  const letters = [...text];
  return (operator === 'ew' ? letters.slice(-2) : letters.slice(0, 2)).join('');
}

function operators(type: Attribute['type']): readonly string[] {
  switch (type) {
    case 'boolean':
    case 'binary':
      return ['eq', 'ne', 'pr'];
    case 'dateTime':
    case 'integer':
    case 'decimal':
      return ['eq', 'ne', 'pr', 'gt', 'ge', 'lt', 'le'];
    default:
      return ['eq', 'ne', 'pr', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'eq', 'co'];
  }
}

function spareLiterals(type: Attribute['type']): readonly (string | number | boolean)[] {
  switch (type) {
    case 'boolean':
      return [true, false];
    case 'integer':
    case 'decimal':
      return [0, 1, 10];
    case 'dateTime':
      return TIMES;
    case 'binary':
      return BINARIES;
    default:
      return TEXTS.slice(0, 12);
  }
}

export function at<T>(items: readonly T[], number: number): T {
  const item = items[number % items.length];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}
