import type { Meta, Resource } from '#scim';

/** A resource as a store hands it out: `meta.version` set, never changed afterwards. */
export interface Stored extends Resource {
  readonly meta: Meta & { readonly version: string };
}
