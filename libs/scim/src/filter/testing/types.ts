import { testRegistry, typeNamed } from '../../testing/registry.js';

/** URN of an extension with the data types that the shipped schemas lack. For tests only. */
export const EXTRA = 'urn:example:params:scim:1.5:User';

const registry = testRegistry({
  'extensions/User/extra.json': {
    id: EXTRA,
    name: 'Extra',
    attributes: [
      { name: 'height', type: 'decimal' },
      { name: 'visits', type: 'dateTime', multiValued: true },
      { name: 'tags', type: 'string', multiValued: true, caseExact: true },
      {
        name: 'keys',
        type: 'complex',
        multiValued: true,
        subAttributes: [
          { name: 'value', returned: 'never' },
          { name: 'app' },
          { name: 'scopes', multiValued: true },
        ],
      },
    ],
  },
});

export const user = typeNamed(registry, 'User');
export const group = typeNamed(registry, 'Group');
