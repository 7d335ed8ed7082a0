/** Told what people should know: changes of state, not single tries. */
export interface RelayLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface RelayOptions {
  /** Named in log lines and measures where there are several outboxes. */
  readonly name: string;
  readonly log: RelayLog;
  /** Entries read at once. Default 1000. */
  readonly batch?: number;
  /** Messages under way at once. Default 500. */
  readonly window?: number;
  /** How often to look for entries that nobody told of, and for the broker, in ms. Default 1 s. */
  readonly pollEvery?: number;
  /** How long the right to publish lasts without being renewed, in ms. Default 5 s. */
  readonly leaseFor?: number;
  /** First and longest wait after failures, in ms. Default 100 and 5000. */
  readonly retryFrom?: number;
  readonly retryUpTo?: number;
}

export const RELAY_DEFAULTS = {
  batch: 1000,
  window: 500,
  pollEvery: 1000,
  leaseFor: 5000,
  retryFrom: 100,
  retryUpTo: 5000,
} as const;
