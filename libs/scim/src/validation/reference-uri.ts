import { invalidValue } from '../errors.js';
import type { Json } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import type { ResourceType } from '../schema/resource-type.js';
import { parseResourceUri, type ResourceUri } from '../schema/resource-uri.js';

/**
 * The resource that a `$ref` names where no `value` stands beside it (RFC 7643 §2.4).
 * @param base see `parseResourceUri`
 * @throws ScimError invalidValue for a URI of another service, or of a type that the attribute does
 *   not refer to
 */
export function resourceOf(
  type: ResourceType,
  attribute: Attribute,
  uri: Json,
  base: string | undefined,
): ResourceUri {
  const found = typeof uri === 'string' ? parseResourceUri(uri, type.peers, base) : undefined;
  const relation = type.relations.find((one) => one.attribute === attribute);
  const types = relation?.types ?? attribute.subByName.get('$ref')?.referenceTypes ?? [];
  if (found !== undefined && types.includes(found.type)) return found;
  throw invalidValue(
    `${attribute.path}.$ref must be the URI of a ${types.join(' or ')} of this service, ` +
      'or "value" its id.',
  );
}
