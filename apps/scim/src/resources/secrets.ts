import {
  type Attribute,
  hashPassword,
  type JsonObject,
  type MutableJsonObject,
  type ResourceType,
  verifyPassword,
} from '#scim';

/**
 * Hashes what was sent for write-only attributes that are never returned (RFC 7643 §9.2). A secret
 * that is the stored one keeps its hash, so that sending it again changes nothing.
 * @param sent the attributes as the client wants them, secrets in clear where newly sent
 * @param current the stored resource, if there is one
 */
export async function sealSecrets<T extends JsonObject>(
  type: ResourceType,
  sent: T,
  current: JsonObject | undefined,
): Promise<T> {
  const sealed: MutableJsonObject = {};
  for (const { name } of secretAttributes(type)) {
    const value = sent[name];
    const stored = current?.[name];
    if (typeof value !== 'string' || value === stored) continue;
    const same = typeof stored === 'string' && (await verifyPassword(value, stored));
    sealed[name] = same ? stored : await hashPassword(value);
  }
  return Object.keys(sealed).length === 0 ? sent : { ...sent, ...sealed };
}

function secretAttributes(type: ResourceType): readonly Attribute[] {
  return type.all.filter(
    ({ mutability, returned, type: kind, extension }) =>
      mutability === 'writeOnly' &&
      returned === 'never' &&
      kind === 'string' &&
      extension === undefined,
  );
}
