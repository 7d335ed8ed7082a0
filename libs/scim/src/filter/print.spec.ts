import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attribute, AttributePath } from '../schema/attribute.js';
import type { Filter } from './ast.js';
import { combine, compare, constant, filterPath, negate, present, valuePath } from './fold.js';
import { isLocation, isResourceReference, isTypeName } from './kept-path.js';
import { parseFilterSyntax } from './parser.js';
import { printFilter } from './print.js';
import { parseFilter, resolveFilter } from './resolve.js';
import type { CompareOperator } from './syntax.js';
import { user } from './testing/types.js';

const TEXT: readonly CompareOperator[] = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'];
const literals = (
  attribute: Attribute,
): fc.Arbitrary<readonly [CompareOperator, string | number | boolean]> => {
  const of = (
    operators: readonly CompareOperator[],
    value: fc.Arbitrary<string | number | boolean>,
  ) => fc.tuple(fc.constantFrom(...operators), value);
  switch (attribute.type) {
    case 'boolean':
      // A false `primary` is said in another way, see resolve.spec.ts.
      return of(['eq', 'ne'], attribute.name === 'primary' ? fc.constant(true) : fc.boolean());
    case 'integer':
    case 'decimal':
      return of(
        ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
      );
    case 'dateTime':
      return of(['eq', 'ne', 'gt', 'ge', 'lt', 'le'], fc.constant('2011-05-13T04:42:34.12+01:00'));
    case 'binary':
      return of(
        ['eq', 'ne'],
        fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
      );
    default:
      return of(TEXT, fc.string({ unit: 'binary', maxLength: 12 }));
  }
};

const usable = (attribute: Attribute) => attribute.returned !== 'never';
const multi = user.all.filter((attribute) => usable(attribute) && attribute.multiValued);
const paths: AttributePath[] = user.all
  .filter(usable)
  .flatMap((attribute) => [
    { attribute, sub: undefined },
    ...attribute.subAttributes
      .filter((sub) => usable(sub) && !isResourceReference(attribute, sub))
      .map((sub) => ({ attribute, sub })),
  ]);
const kept = paths.filter((path) => !isTypeName(user, path) && !isLocation(user, path));

const presentAnywhere = fc
  .constantFrom(...kept)
  .map(({ attribute, sub }) => present(filterPath(false, attribute, sub)));
const compareAnywhere = fc
  .constantFrom(...kept.filter(({ attribute, sub }) => (sub ?? attribute).type !== 'complex'))
  .chain(({ attribute, sub }) =>
    literals(sub ?? attribute).map(([operator, value]) =>
      compare(filterPath(false, attribute, sub), operator, value),
    ),
  );

const logic = (terms: fc.Arbitrary<Filter>): fc.Arbitrary<Filter> =>
  fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      terms,
      fc
        .tuple(
          fc.constantFrom('and' as const, 'or' as const),
          fc.array(tie('filter'), { maxLength: 3 }),
        )
        .map(([kind, operands]) => combine(kind, operands)),
      tie('filter').map(negate),
    ),
  })).filter;

const inBrackets = fc.constantFrom(...multi).chain((owner) => {
  const subs =
    owner.type === 'complex'
      ? owner.subAttributes.filter((sub) => usable(sub) && !isResourceReference(owner, sub))
      : [owner];
  const terms = fc.constantFrom(...subs).chain((sub) => {
    const path = filterPath(true, sub);
    return fc.oneof(
      fc.constant(present(path)),
      literals(sub).map(([operator, value]) => compare(path, operator, value)),
    );
  });
  return logic(terms).map((filter) => valuePath(owner, filter));
});

describe('printFilter', () => {
  it.each([
    'userName eq "a\\"b\\\\c"',
    'title pr and (userName sw "j" or nickName pr) and not (active eq true)',
    'emails[type eq "work" and (value co "@a" or not (primary eq true))]',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "7"',
    'meta.lastModified gt "2011-05-13T04:42:34Z"',
    'not (meta.resourceType pr)',
  ])('leaves canonical text as it is: %s', (text) => {
    expect(printFilter(parseFilter(text, user))).toBe(text);
  });

  it('R-121 drops parentheses nobody needs', () => {
    expect(printFilter(parseFilter('((title pr)) or ((id pr) and (not ((id pr))))', user))).toBe(
      'title pr or id pr and not (id pr)',
    );
  });

  it('says constants in SCIM', () => {
    for (const value of [true, false]) {
      expect(parseFilter(printFilter(constant(value)), user)).toEqual({ kind: 'constant', value });
    }
  });

  it('R-121 printed, parsed and resolved it is the same filter, strictly as well', () => {
    fc.assert(
      fc.property(logic(fc.oneof(presentAnywhere, compareAnywhere, inBrackets)), (filter) => {
        const text = printFilter(filter);
        for (const lenient of [true, false]) {
          const again = resolveFilter(parseFilterSyntax(text, { lenient }), user, { lenient });
          // By identity: attributes are the schema's own, and comparing them in depth is slow.
          expect(printFilter(again)).toBe(text);
          expect(shape(again)).toEqual(shape(filter));
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** The tree with attributes replaced by their paths. */
function shape(filter: Filter): unknown {
  return JSON.parse(
    JSON.stringify(filter, (key, value: unknown) =>
      key === 'attribute' || key === 'sub' ? (value as Attribute | undefined)?.path : value,
    ),
  );
}
