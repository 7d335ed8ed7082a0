import { comparable, type JsonObject, type Key, leaf, type ResourceType, valuesAt } from '#scim';

/** A value that no two resources of a type may share, in the form that is compared. */
export interface UniqueKey {
  /** The attribute in its canonical spelling, e.g. `userName`. */
  readonly path: string;
  readonly key: Key;
}

/**
 * The values of a resource that must be unique (RFC 7643 §2.2), prepared for comparison. The empty
 * string counts as unassigned, as clients send it for a missing value (RFC 7643 §2.5).
 */
export function uniqueKeys(type: ResourceType, resource: JsonObject): readonly UniqueKey[] {
  return type.unique.flatMap((path) => {
    const attribute = leaf(path);
    return valuesAt(resource, path).flatMap((value) => {
      const key = comparable(attribute.matching, value);
      return key === undefined || key === '' ? [] : [{ path: attribute.path, key }];
    });
  });
}
