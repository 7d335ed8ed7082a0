import { backendConformance } from '#backend-testkit';
import { RestrictedBackend, type Restrictions } from './testing/restricted.backend.js';

const ALL: Required<Restrictions> = {
  ids: 'assigned',
  times: 'assigned',
  dangling: false,
  nested: [],
  cas: 'none',
  largestValue: 4096,
};

/** Stores that are not ours: the kit leaves out what does not apply, and the engine does the rest. */
const STORES: Readonly<Record<string, Restrictions>> = {
  'a store with ids of its own': { ids: ALL.ids },
  'a store with times of its own': { times: ALL.times },
  'a store without dangling members': { dangling: ALL.dangling },
  'a store without nested groups': { nested: ALL.nested },
  'a store without compare-and-set': { cas: ALL.cas },
  'a store with values of at most 4 KB': { largestValue: ALL.largestValue },
  'a store with all of that': ALL,
};

for (const [name, restrictions] of Object.entries(STORES)) {
  backendConformance(name, {
    open: async (types) => new RestrictedBackend(types, restrictions),
  });
}
