import { attributeValue, type JsonObject, passwordAttribute, type ResourceType } from '#scim';

/** A resource of which the password is handed on, and the rest is kept. */
export interface WithoutPassword<T> {
  readonly resource: T;
  /** Undefined where none was sent: the one that there is stays. */
  readonly password: string | undefined;
}

/** Takes the password out of a resource, for stores that let other software keep it. */
export function withoutPassword<T extends JsonObject>(
  type: ResourceType,
  resource: T,
): WithoutPassword<T> {
  const attribute = passwordAttribute(type);
  const value = attribute && attributeValue(resource, attribute);
  if (attribute === undefined || value === undefined) return { resource, password: undefined };
  const { [attribute.name]: _sent, ...rest } = resource;
  return { resource: rest as T, password: typeof value === 'string' ? value : undefined };
}
