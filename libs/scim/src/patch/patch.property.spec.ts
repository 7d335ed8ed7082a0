import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScimError } from '../errors.js';
import { isArray, isObject, type Json, type JsonObject } from '../json.js';
import { normalise } from '../validation/normalise.js';
import { applyPatch } from './apply.js';
import { compilePatch } from './plan.js';
import { LENIENT, patchOp, STRICT, Urn, User, user } from './testing/patches.js';

const names = [
  'userName',
  'title',
  'ACTIVE',
  'name',
  'emails',
  'addresses',
  'roles',
  'x509Certificates',
  'groups',
  'id',
  'schemas',
  'meta',
  '__proto__',
  'constructor',
  'nothing',
  Urn.ENTERPRISE,
  `${Urn.ENTERPRISE}:manager`,
  `${Urn.ENTERPRISE}:department`,
  Urn.BADGE,
  `${Urn.BADGE}:number`,
  `${Urn.BADGE}:doors`,
  `${Urn.BADGE}:photo`,
];
const subs = [
  '',
  '.value',
  '.type',
  '.primary',
  '.givenName',
  '.locality',
  '.tags',
  '.taken',
  '.__proto__',
];
const filters = [
  '',
  '',
  '[type eq "work"]',
  '[type eq "home"]',
  '[primary eq true]',
  '[value eq "a"]',
  '[value pr]',
  '[not (type eq "work")]',
  '[type eq "work" and value eq "b"]',
  '[',
];

const text = fc.constantFrom(
  '',
  ' ',
  'a',
  'b',
  'work',
  'home',
  'True',
  '2026-01-01T00:00:00Z',
  'YWJj',
);
const scalar = fc.oneof(text, fc.boolean(), fc.constant(null), fc.integer({ min: 0, max: 3 }));
const member = fc.dictionary(
  fc.constantFrom(
    'value',
    'VALUE',
    'type',
    'primary',
    'display',
    'givenName',
    'familyName',
    '$ref',
    '__proto__',
    'department',
    'number',
    'tags',
  ),
  fc.oneof(scalar, fc.array(text, { maxLength: 2 })),
  { maxKeys: 4 },
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  scalar,
  member,
  fc.array(fc.oneof(scalar, member), { maxLength: 3 }),
);
const path = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom(...filters), fc.constantFrom(...subs))
  .map((parts) => parts.join(''));
const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constantFrom('add', 'Replace', 'remove'), path, value }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constantFrom('add', 'replace'),
      value: fc.dictionary(path, value, { maxKeys: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: text, path: scalar, value }) },
);

/** Values that are valid for the path more often than not, so that much of a run succeeds. */
const sensible = fc.oneof(
  fc.record({
    op: fc.constantFrom('add', 'replace'),
    path: fc.constant('emails'),
    value: fc.array(
      fc.record({ value: fc.constantFrom('a', 'b', 'A'), type: fc.constantFrom('work', 'home') }),
      { maxLength: 2 },
    ),
  }),
  fc.record({
    op: fc.constantFrom('add', 'replace', 'remove'),
    path: fc.constantFrom(
      'emails[type eq "work"].value',
      'emails[type eq "home"].display',
      'title',
      'name.givenName',
      `${Urn.ENTERPRISE}:department`,
      `${Urn.ENTERPRISE}:manager`,
    ),
    value: fc.constantFrom('a', 'b', ''),
  }),
  fc.record({
    op: fc.constant('add'),
    path: fc.constantFrom('emails', 'roles'),
    value: fc.record({ value: fc.constantFrom('a', 'c'), primary: fc.boolean() }),
  }),
  fc.record({
    op: fc.constant('remove'),
    path: fc.constantFrom(
      'emails',
      'roles',
      'emails[value eq "a"]',
      'emails.value',
      'schemas[value pr]',
      Urn.ENTERPRISE,
      'name',
    ),
  }),
);

const start = user({
  title: 't',
  name: { givenName: 'A' },
  emails: [
    { value: 'a', type: 'work', primary: true },
    { value: 'b', type: 'home' },
  ],
  [Urn.BADGE]: { number: '1', issued: '2026-01-01T00:00:00Z' },
});

function deepFreeze<T extends Json>(json: T): T {
  if (isArray(json) || isObject(json))
    for (const item of Object.values(json)) deepFreeze(item ?? null);
  return Object.freeze(json) as T;
}

deepFreeze(start);

/** The outcome of a request; anything but a ScimError escapes. */
function outcome(resource: JsonObject, operations: readonly unknown[], options = LENIENT) {
  try {
    return applyPatch(compilePatch(patchOp(...operations), User, options), resource);
  } catch (error) {
    if (error instanceof ScimError) return undefined;
    throw error;
  }
}

function checkKept(result: JsonObject): void {
  expect(result).toEqual(normalise(result, User));
  expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  expect(
    Object.keys(result).every(
      (key) => User.attributes.has(key.toLowerCase()) || User.extensionByUrn.has(key.toLowerCase()),
    ),
  ).toBe(true);
  expect([result.id, result.meta, typeof result.userName]).toEqual([
    start.id,
    start.meta,
    'string',
  ]);
  for (const list of [result.emails, result.roles]) {
    const elements = isArray(list) ? list : [];
    expect(elements.filter((item) => isObject(item) && item.primary === true).length).toBeLessThan(
      2,
    );
  }
}

describe('any PATCH', () => {
  it('ends in a resource in kept form or a ScimError, and never changes its input (R-192)', () => {
    fc.assert(
      fc.property(
        fc.array(operation, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(LENIENT, STRICT),
        (operations, options) => {
          // The input is frozen: changing it would throw a TypeError.
          const result = outcome(start, operations, options);
          if (result !== undefined) checkKept(result);
        },
      ),
      { numRuns: 1500 },
    );
    expect(({} as Record<string, unknown>).value).toBeUndefined();
  });

  it('mostly succeeds for sensible operations, and is idempotent for each of them (R-213, R-227, R-245)', () => {
    let successes = 0;
    fc.assert(
      fc.property(fc.array(sensible, { minLength: 1, maxLength: 5 }), (operations) => {
        let state: JsonObject = start;
        for (const one of operations) {
          const next = outcome(state, [one], LENIENT);
          if (next === undefined) continue;
          successes += 1;
          checkKept(next);
          const again = outcome(next, [one], LENIENT);
          if (again !== undefined) expect(again).toBe(next);
          state = next;
        }
        const together = outcome(start, operations, LENIENT);
        if (together !== undefined) expect(together).toEqual(state);
      }),
      { numRuns: 500 },
    );
    expect(successes).toBeGreaterThan(700);
  });

  it('survives any JSON as its body', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        expect(() => compilePatch(body, User, LENIENT)).toThrow(ScimError);
        const operations = isArray(body as Json) ? (body as unknown[]) : [body];
        outcome(start, operations);
        outcome(start, [{ op: 'add', value: body }]);
        outcome(start, [{ op: 'replace', path: 'emails', value: body }]);
      }),
      { numRuns: 500 },
    );
  });
});
