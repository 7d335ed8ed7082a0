import type { JsonObject } from './json.js';

/** `meta` as it is kept; `location` is added by the projection, which knows the base URI. */
export interface Meta extends JsonObject {
  /** Name of the resource type, e.g. `User`. */
  readonly resourceType: string;
  /** ISO 8601 with a zone, set once. */
  readonly created: string;
  /** ISO 8601 with a zone; equals `created` until the first effective change. */
  readonly lastModified: string;
  /** The ETag, character for character as in the header: `W/"…"`. Assigned by the backend. */
  readonly version?: string;
}

/**
 * A resource in its kept form: attribute names in schema spelling, extension data under its URN,
 * no null, no empty array, no empty object. Elements of a relation (`members`) are
 * `{value, type?, display?}`; `$ref` and `meta.location` are never kept, the projection makes them.
 */
export interface Resource extends JsonObject {
  readonly id: string;
  readonly schemas: readonly string[];
  readonly meta: Meta;
}
