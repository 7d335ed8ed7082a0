import { describe } from 'vitest';
import { cascade } from './cascade.suite.js';
import { churn } from './churn.suite.js';
import { deltas } from './deltas.suite.js';
import { absence, reopening } from './durability.suite.js';
import { filters } from './filters.suite.js';
import { ids } from './ids.suite.js';
import { indexes } from './indexes.suite.js';
import { killedStart } from './killed-start.suite.js';
import { largeGroup } from './large-group.suite.js';
import { operations } from './operations.suite.js';
import type { ConformanceOptions } from './options.js';
import { paging } from './paging.suite.js';
import { schemas } from './schemas.suite.js';
import { unicode } from './unicode.suite.js';
import { uniqueness } from './uniqueness.suite.js';
import { versions } from './versions.suite.js';

/** In the order in which a new backend is best made to pass them. */
const CONCERNS = [
  operations,
  ids,
  versions,
  churn,
  uniqueness,
  unicode,
  filters,
  paging,
  deltas,
  cascade,
  largeGroup,
  indexes,
  reopening,
  schemas,
  killedStart,
  absence,
] as const;

/**
 * Registers the whole suite with Vitest: what every backend must do, through its own operations and
 * through the engine.
 */
export function backendConformance(name: string, options: ConformanceOptions): void {
  describe(name, () => {
    for (const register of CONCERNS) register(options);
  });
}
