import type { Attribute } from './attribute.js';
import type { ResourceType } from './resource-type.js';

/** Whether nobody is ever shown the attribute's value (RFC 7643 §2.2): a secret, as `password`. */
export function isSecret({ type, mutability, returned }: Attribute): boolean {
  return type === 'string' && (mutability === 'writeOnly' || returned === 'never');
}

/** What a resource of the type signs in with (RFC 7643 §4.1.1): the secret of its own schema. */
export function passwordAttribute(type: ResourceType): Attribute | undefined {
  return type.all.find(
    (attribute) =>
      attribute.extension === undefined && !attribute.multiValued && isSecret(attribute),
  );
}
