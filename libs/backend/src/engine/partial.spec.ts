import { backendConformance } from '#backend-testkit';
import { type Abilities, PartialBackend } from './testing/partial.backend.js';

const NOTHING: Abilities = {
  filter: 'none',
  sort: false,
  page: false,
  total: false,
  deltas: false,
  expand: false,
};

/** Stores that answer some of a query: with the engine on top, all answer alike (design law 1). */
const STORES: Readonly<Record<string, Abilities>> = {
  'a store that queries and does nothing': NOTHING,
  'a store that answers everything': {
    filter: 'exact',
    sort: true,
    page: true,
    total: true,
    deltas: true,
    expand: true,
  },
  'a store that filters and counts, but does not sort': {
    ...NOTHING,
    filter: 'exact',
    total: true,
    deltas: true,
  },
  'a store that filters and sorts, but does not page': {
    ...NOTHING,
    filter: 'exact',
    sort: true,
    total: true,
  },
  'a store that sorts, and answers the first half of an and': {
    ...NOTHING,
    filter: 'first',
    sort: true,
    page: true,
  },
  'a store that lets through more than matches, and loads what is shown later': {
    ...NOTHING,
    filter: 'superset',
    sort: true,
    expand: true,
  },
};

for (const [name, abilities] of Object.entries(STORES)) {
  backendConformance(name, {
    open: async (types) => new PartialBackend(types, abilities),
  });
}
