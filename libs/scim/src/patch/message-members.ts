import { invalidSyntax } from '../errors.js';
import { isArray, isObject, type Json, type JsonObject } from '../json.js';

/** The members of a message that have a meaning, under the spelling asked for. */
export type MessageMembers<Name extends string> = { readonly [N in Name]?: Json };

/**
 * Reads the named members of a protocol message, in any letter case (RFC 7643 §2.1: names compare
 * without case). All others are left alone, so a hostile or vendor-made key has no effect.
 * @param where how messages to people call the message, e.g. `Operation 2`
 * @throws ScimError invalidSyntax where two keys are the same name
 */
export function readMembers<Name extends string>(
  message: JsonObject,
  names: readonly Name[],
  where: string,
): MessageMembers<Name> {
  const wanted = new Map(names.map((name) => [name.toLowerCase(), name]));
  const found: { [N in Name]?: Json } = {};
  for (const [key, value] of Object.entries(message)) {
    const name = wanted.get(key.toLowerCase());
    if (name === undefined || value === undefined) continue;
    if (found[name] !== undefined) {
      throw invalidSyntax(`${where} has the member "${name}" more than once.`);
    }
    found[name] = value;
  }
  return found;
}

/**
 * Checks that a message says what it is (RFC 7644 §3.1); further URNs beside the right one do no harm.
 * @throws ScimError invalidSyntax
 */
export function requireMessageUrn(schemas: Json | undefined, urn: string): void {
  const wanted = urn.toLowerCase();
  const named =
    isArray(schemas) &&
    schemas.some((item) => typeof item === 'string' && item.toLowerCase() === wanted);
  if (!named) throw invalidSyntax(`"schemas" must be an array that holds "${urn}".`);
}

/** @throws ScimError invalidSyntax unless the body is a JSON object */
export function requireObject(body: unknown, where: string): JsonObject {
  if (!isObject(body)) throw invalidSyntax(`${where} must be a JSON object.`);
  return body;
}
