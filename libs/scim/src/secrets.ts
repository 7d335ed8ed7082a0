import { isArray, isObject, type Json, type JsonObject, type MutableJsonObject } from './json.js';
import { checkedPassword, hashPassword, isHashedPassword } from './password.js';
import type { Attribute } from './schema/attribute.js';
import type { ResourceType } from './schema/resource-type.js';
import { isSecret, passwordAttribute } from './schema/secrets.js';
import { attributeValue } from './schema/values.js';

/**
 * What becomes of secrets: hashed, thrown away, or left to a store that hashes them itself; `pass`
 * leaves the password alone, and hashes the others.
 */
export type SecretHandling = 'hash' | 'drop' | 'leave' | 'pass';

/** Hashes at once: each takes 128 MiB and a thread of libuv's, which files need as well. */
const MOST_AT_ONCE = 2;

let running = 0;
const waiting: (() => void)[] = [];

/**
 * Hashes what was sent for attributes that nobody is ever shown, of any schema, extensions and
 * sub-attributes included (RFC 7643 §9.2). What was sent is hashed anew even if it is the secret
 * that is stored: neither time nor version tells whoever writes that they are the same. What was
 * not sent keeps its hash.
 * @param sent the attributes as the client wants them, secrets in clear where newly sent
 * @param current the stored resource, if there is one
 */
export async function sealSecrets<T extends JsonObject>(
  type: ResourceType,
  sent: T,
  current: JsonObject | undefined,
  handling: SecretHandling,
): Promise<T> {
  if (handling === 'leave') return sent;
  let sealed = sent;
  for (const attribute of secretAttributes(type)) {
    const value = attributeValue(sent, attribute);
    if (value === undefined) continue;
    const before = current === undefined ? undefined : attributeValue(current, attribute);
    // What the reference kept in clear is hashed with the next write.
    const kept = new Set(textsOf(attribute, before).filter(isHashedPassword));
    const next =
      handling === 'pass' && attribute === passwordAttribute(type)
        ? passedOn(value, kept)
        : await sealedValue(attribute, value, kept, handling);
    if (next !== value) sealed = withValue(sealed, attribute, next);
  }
  return sealed;
}

/** Whether a stored resource has a secret that is no hash, as the reference left them. */
export function hasClearSecrets(type: ResourceType, stored: JsonObject): boolean {
  return secretTexts(type, stored).some((text) => !isHashedPassword(text));
}

/** Every secret of a resource, in clear or as a hash. */
export function secretTexts(type: ResourceType, resource: JsonObject): readonly string[] {
  return secretAttributes(type).flatMap((attribute) =>
    textsOf(attribute, attributeValue(resource, attribute)),
  );
}

/** Attributes that are secret themselves or have a secret part. */
export function secretAttributes(type: ResourceType): readonly Attribute[] {
  return type.all.filter(
    (attribute) => isSecret(attribute) || attribute.subAttributes.some(isSecret),
  );
}

/** A hash that was kept before passwords were passed on is none that anybody could sign in with. */
function passedOn(value: Json, kept: ReadonlySet<string>): Json | undefined {
  if (typeof value !== 'string') return value;
  return kept.has(value) ? undefined : checkedPassword(value);
}

async function sealedValue(
  attribute: Attribute,
  value: Json,
  kept: ReadonlySet<string>,
  handling: SecretHandling,
): Promise<Json | undefined> {
  if (isArray(value)) {
    const values: Json[] = [];
    for (const one of value) {
      const next = await sealedValue(attribute, one, kept, handling);
      if (next !== undefined) values.push(next);
    }
    return values.length === 0 ? undefined : values;
  }
  if (isObject(value)) return sealedParts(attribute, value, kept, handling);
  if (typeof value !== 'string' || !isSecret(attribute) || kept.has(value)) return value;
  return handling === 'drop' ? undefined : inTurn(() => hashPassword(value));
}

async function sealedParts(
  attribute: Attribute,
  value: JsonObject,
  kept: ReadonlySet<string>,
  handling: SecretHandling,
): Promise<JsonObject> {
  const parts: MutableJsonObject = { ...value };
  for (const sub of attribute.subAttributes.filter(isSecret)) {
    const part = value[sub.name];
    if (part === undefined) continue;
    const next = await sealedValue(sub, part, kept, handling);
    if (next === undefined) delete parts[sub.name];
    else parts[sub.name] = next;
  }
  return parts;
}

/** Every secret text in the value of an attribute. */
function textsOf(attribute: Attribute, value: Json | undefined): readonly string[] {
  if (value === undefined) return [];
  if (isArray(value)) return value.flatMap((one) => textsOf(attribute, one));
  if (isObject(value)) {
    return attribute.subAttributes.filter(isSecret).flatMap((sub) => textsOf(sub, value[sub.name]));
  }
  return typeof value === 'string' && isSecret(attribute) ? [value] : [];
}

function withValue<T extends JsonObject>(
  resource: T,
  { name, extension }: Attribute,
  value: Json | undefined,
): T {
  if (extension === undefined) return changed(resource, name, value);
  const parts = resource[extension];
  return changed(resource, extension, changed(isObject(parts) ? parts : {}, name, value));
}

function changed<T extends JsonObject>(object: T, name: string, value: Json | undefined): T {
  const { [name]: _before, ...rest } = object;
  return (value === undefined ? rest : { ...rest, [name]: value }) as T;
}

async function inTurn<T>(task: () => Promise<T>): Promise<T> {
  if (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await task();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}
