import type { Json } from '#scim';
import type { Fields } from './fields.js';

/**
 * How one SCIM attribute, or one extension, is kept in native fields. What the fields cannot say is
 * kept in the details besides: `read` is told it, and decides what of it still holds, since others
 * change the fields as well.
 */
export interface Codec {
  /** Name of the attribute, or URN of the extension. */
  readonly attribute: string;
  /** The native fields of a value; each field is always there, empty where there is nothing. */
  readonly write: (value: Json | undefined) => Fields;
  /** What the fields alone say. */
  readonly read: (fields: Fields) => Json | undefined;
  /** What the fields say of a value whose details say something else, since others changed them. */
  readonly overlay?: (kept: Json, fields: Fields) => Json | undefined;
  /** Whether two values of a field mean the same; default: both nothing, or the same JSON. */
  readonly same?: (name: string, a: Json | undefined, b: Json | undefined) => boolean;
}
