export { compiledFilters } from './compiled-filters.js';
export { backendConformance } from './conformance.js';
export { existing, groupsOf, membersOf } from './expect.js';
export {
  changed,
  fixtureOf,
  groupDraft,
  groupType,
  registry,
  tick,
  userDraft,
  userType,
} from './fixture.js';
export type { ConformanceOptions } from './options.js';
export { expandAll, populate, population } from './population.js';
export { ask, question } from './questions.js';
export { NEXT_SCHEMAS } from './schemas.suite.js';
