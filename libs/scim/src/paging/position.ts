import type { Json } from '../json.js';

/**
 * Where a page ends, in a total order that no insert or delete shifts: the next page holds what
 * comes after it. Made by `positionOf`.
 */
export interface Position {
  /** The sort key (see `sortKey`) of the last resource; null if it had none, or there is no sort. */
  readonly key: Json;
  /** `meta.created` as an instant that sorts as text, see `dateTimeKey`. */
  readonly created: string;
  readonly id: string;
}
