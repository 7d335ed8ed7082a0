import type { JsonObject, ResourceType } from '#scim';
import type { Stored } from './stored.js';

/** What happened to a resource. */
export type Operation = 'Create' | 'Update' | 'Delete';

/** A change that is about to be committed, as the backend knows it. */
export interface RecordedChange {
  readonly operation: Operation;
  readonly type: ResourceType;
  /** The resource after the change (as it was last, for Delete); relations need not be expanded. */
  readonly stored: Stored;
}

/** What is to be announced of a change. */
export interface EventRecord {
  readonly operation: Operation;
  /** Name of the resource type. */
  readonly type: string;
  readonly id: string;
  /**
   * The resource as the message carries it. Absent for changes of relations: the relay reads the
   * resource when it publishes, and announces it once for all such changes that are waiting.
   */
  readonly resource?: JsonObject;
  /** Relations that `resource` lacks: the relay reads them when it publishes. */
  readonly relations?: readonly string[];
}

/** An event that was committed and not yet announced. */
export interface OutboxEntry {
  /** Stable over re-sends: consumers drop repeats by it. */
  readonly id: string;
  /** Grows in the order of commits of one resource. */
  readonly sequence: number;
  readonly record: EventRecord;
  /** ISO 8601. */
  readonly recordedAt: string;
}

export interface OutboxMeasure {
  readonly pending: number;
  /** When the oldest pending entry was recorded, ISO 8601. */
  readonly oldest?: string;
  readonly parked: number;
}

/**
 * Events between their commit and their announcement. A store with transactions writes an entry with
 * the change (`WriteContext.record`) and offers this as `Backend.outbox`; for the others the event
 * library keeps a journal, which is an `OutboxStore` too.
 */
export interface OutboxStore {
  /**
   * Takes or renews the right to publish, so that one of several instances does.
   * @param milliseconds after which another holder may take it
   * @returns false while another holder has it
   */
  lease(holder: string, milliseconds: number): Promise<boolean>;
  release(holder: string): Promise<void>;
  /** The oldest pending entries, in order of `sequence`. */
  read(limit: number): Promise<readonly OutboxEntry[]>;
  /** Announced and confirmed: they are forgotten. */
  done(ids: readonly string[]): Promise<void>;
  /** Refused for good: kept with the reason, and out of the way of the others. */
  park(id: string, reason: string): Promise<void>;
  measure(): Promise<OutboxMeasure>;
}
