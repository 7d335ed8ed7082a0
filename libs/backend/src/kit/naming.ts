import type { Attribute, ResourceType } from '#scim';

/** The attributes by which resources of a type may name ones of another. */
export interface Naming {
  /** Relations, like `members`. */
  readonly relations: readonly Attribute[];
  /** References, like `manager`. */
  readonly references: readonly Attribute[];
}

export function namingAttributes(type: ResourceType, target: ResourceType): Naming {
  const relations = type.relations.filter(({ types }) => types.includes(target.name));
  return {
    relations: relations.map(({ attribute }) => attribute),
    references: type.references.filter((attribute) =>
      attribute.subByName.get('$ref')?.referenceTypes.includes(target.name),
    ),
  };
}
