import { describe, expect, it } from 'vitest';
import { type Filter, leaf, type ResourceType } from '#scim';
import { concern, groupType, userType } from './fixture.js';
import type { ConformanceOptions } from './options.js';

/** Indexed means indexed (design law 5): the store's own plan says so. */
export function indexes(options: ConformanceOptions): void {
  const { explain } = options;
  if (explain === undefined) {
    describe('indexes', () => {
      it.skip('look-ups use an index (the store tells no plan)');
    });
    return;
  }
  concern('indexes', options, (test) => {
    for (const type of [userType, groupType]) {
      for (const filter of lookups(type)) {
        const path = leaf(filter.path).path;
        test(`${type.name} by ${path} is an index look-up`, async ({ createUser, createGroup }) => {
          const user = await createUser();
          await createGroup([user.id]);
          const { indexed, plan } = await explain(type, { filter, start: { offset: 0 }, limit: 9 });
          expect(indexed, plan).toBe(true);
        });
      }
    }
  });
}

function lookups(type: ResourceType): readonly (Filter & { kind: 'compare' })[] {
  const id = type.attributes.get('id');
  const paths = [...(id === undefined ? [] : [{ attribute: id, sub: undefined }]), ...type.indexed];
  return paths.map((path) => ({
    kind: 'compare',
    path: { element: false, ...path },
    operator: 'eq',
    value: 'x',
  }));
}
