import type { Place } from '../place/place.js';

/** Something that is wrong, and what to do about it. */
export interface Finding {
  /** Which check found it; stable, for scripts. */
  readonly check: CheckName;
  /** What it is about: `Group 7f3c…`, `the broker`. */
  readonly what: string;
  readonly problem: string;
  readonly advice: string;
  /** Mends it, where that is safe. Answers what was done. */
  readonly fix?: () => Promise<string>;
}

export type CheckName =
  | 'configuration'
  | 'store'
  | 'broker'
  | 'outbox'
  | 'files'
  | 'unique'
  | 'dangling'
  | 'reverse'
  | 'secrets';

/** Looks at one thing of an open place; memory does not grow with what is in it. */
export type Check = (place: Place, signal: AbortSignal) => AsyncIterable<Finding>;
