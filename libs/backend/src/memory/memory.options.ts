import type { Draft } from '../contract.js';

/** Options of the in-memory backend. */
export interface MemoryOptions {
  /** Resources that are there from the start; the type is `meta.resourceType`. */
  readonly resources?: readonly Draft[];
}
