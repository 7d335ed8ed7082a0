import type { Backend, Query } from '#backend';
import type { ResourceType } from '#scim';

/**
 * How the suite gets at a backend. What is asserted, and what is left out, follows from
 * `Backend.supports` alone; nothing here weakens it.
 */
export interface ConformanceOptions {
  /** A backend over an empty store of its own, opened for these types. */
  open(types: readonly ResourceType[]): Promise<Backend>;
  /** Opens the store of the last `open` once more; the suite has closed it. */
  reopen?(types: readonly ResourceType[]): Promise<Backend>;
  /** Makes the store of the last `open` unreachable, and reachable again. */
  readonly away?: { stop(): Promise<void>; start(): Promise<void> };
  /** Whether the store answers the query by an index; `plan` is what it says itself. */
  explain?(type: ResourceType, query: Query): Promise<{ indexed: boolean; plan: string }>;
  /** Removes the store of the last `open`; the suite has closed the backend. */
  remove?(): Promise<void>;
}
