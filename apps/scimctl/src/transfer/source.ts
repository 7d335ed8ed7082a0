import type { JsonObject, ResourceType } from '#scim';

/** A resource on its way. */
export interface Arrival {
  /** Names it within its source, the same in every run: `line 12`, `User/7f3c…`. */
  readonly key: string;
  readonly type: ResourceType;
  /** As its source has it, `id`, `meta` and relations included. */
  readonly resource: JsonObject;
  /** Only its relations are to be added: a resource whose elements were refused, come again. */
  readonly onlyRelations?: boolean;
}

/** What stands where a resource was expected. */
export interface Misfit {
  readonly key: string;
  readonly problem: string;
  /** What stands there, if it is JSON at all. */
  readonly resource?: JsonObject;
}

/** Where resources come from. Everything is read twice: first the resources, then what relates them. */
export interface Source {
  /** How many there are, if that is known without reading them all. */
  count(): Promise<number | undefined>;
  /** Every resource in the same order as ever, or in any; relations need not be loaded. */
  resources(): AsyncIterable<Arrival | Misfit>;
  /** Those that have relations, with them. */
  related(): AsyncIterable<Arrival>;
}

export function isMisfit(item: Arrival | Misfit): item is Misfit {
  return 'problem' in item;
}
