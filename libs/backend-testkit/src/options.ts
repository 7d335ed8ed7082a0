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
  /** Opens the store of the last `open` beside what is open, where several services may have it. */
  beside?(types: readonly ResourceType[]): Promise<Backend>;
  /** How another process opens the store of the last `open`, to be killed while it does. */
  starter?(): Starter;
  /** Puts users there as other software does, whose names are their ids; nobody has the store open. */
  foreign?(ids: readonly string[]): Promise<void>;
  /** Makes the store of the last `open` unreachable, and reachable again. */
  readonly away?: { stop(): Promise<void>; start(): Promise<void> };
  /** Whether the store answers the query by an index; `plan` is what it says itself. */
  explain?(type: ResourceType, query: Query): Promise<{ indexed: boolean; plan: string }>;
  /**
   * Members of the large group, for a store that takes too long to make that many users, since it has
   * no members that do not exist. Default 10,000.
   */
  readonly largeGroup?: number;
  /** Removes the store of the last `open`; the suite has closed the backend. */
  remove?(): Promise<void>;
}

/** A connector, by where it is found and what it is made of. */
export interface Starter {
  /** From the root of the sources. */
  readonly module: string;
  readonly connector: string;
  readonly options: object;
}
