export { backendConformance } from './conformance.js';
export type { ConformanceOptions } from './options.js';
