import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScimError } from '../errors.js';
import { isObject, type JsonObject } from '../json.js';
import { compileProjection } from '../projection/projection.js';
import { testRegistry, typeNamed } from '../testing/registry.js';
import { normalise } from './normalise.js';
import { validateResource } from './validate-resource.js';

const registry = testRegistry();
const user = typeNamed(registry, 'User');
const group = typeNamed(registry, 'Group');

/** Bodies that hit the schema often: its names in any case, and values near the right type. */
function bodies(type: typeof user): fc.Arbitrary<unknown> {
  const names = type.all.flatMap((attribute) => [
    attribute.name,
    ...attribute.subAttributes.map((sub) => sub.name),
  ]);
  const key = fc.oneof(
    fc.constantFrom(...names, ...type.extensions.map(({ schema }) => schema.id)),
    fc.constantFrom('__proto__', 'constructor', 'toString', ''),
    fc.constantFrom(...names).map((name) => name.toUpperCase()),
  );
  const scalar = fc.oneof(
    fc.constantFrom<unknown>(null, '', ' ', 'x', 'True', true, 5, 1.5, '2026-01-01T00:00:00Z'),
    fc.string(),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      scalar,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc
        .array(fc.tuple(key, tie('tree')), { maxLength: 5 })
        .map((entries) => Object.fromEntries(entries)),
    ),
  }));
  const required = { userName: 'u', displayName: 'd' };
  return fc.oneof(
    tree,
    tree.map((value) => (isObject(value) ? { ...required, ...value } : value)),
  );
}

function accepted(body: unknown, type: typeof user): JsonObject | undefined {
  try {
    return validateResource(body, type).attributes;
  } catch (error) {
    if (error instanceof ScimError && error.status === 400) return undefined;
    throw error;
  }
}

describe.each([
  ['User', user],
  ['Group', group],
])('any body for a %s', (_, type) => {
  it('R-007 R-062 is refused as a SCIM error, or becomes a kept form that reads as itself', () => {
    let taken = 0;
    fc.assert(
      fc.property(bodies(type), (body) => {
        const kept = accepted(body, type);
        if (kept === undefined) return;
        taken += 1;
        expect(normalise(kept, type)).toEqual(kept);
        expect(validateResource(kept, type, { operation: 'replace' }).attributes).toEqual(kept);
        for (const key of Object.keys(kept)) {
          expect(
            type.attributes.has(key.toLowerCase()) || type.extensionByUrn.has(key.toLowerCase()),
          ).toBe(true);
        }
        const shown = compileProjection(type, {}, registry).apply(kept, { base: '' });
        const relations = type.relations.map(({ attribute }) => [attribute.name, undefined]);
        const others = { ...shown, ...Object.fromEntries(relations) };
        expect(JSON.stringify(others)).not.toMatch(/:null|:\[\]|:\{\}/);
      }),
      { numRuns: 600 },
    );
    expect(taken).toBeGreaterThan(50);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
