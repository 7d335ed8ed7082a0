export { backendConformance } from './conformance.js';
export { fixtureOf, groupType, registry, tick, userDraft, userType } from './fixture.js';
export type { ConformanceOptions } from './options.js';
export { expandAll, populate, population } from './population.js';
export { ask, question } from './questions.js';
