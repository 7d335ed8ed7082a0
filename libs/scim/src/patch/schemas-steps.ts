import { invalidValue, mutability } from '../errors.js';
import { clip } from '../filter/names.js';
import { isArray, type Json } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import type { ResourceType, Schema } from '../schema/resource-type.js';
import type { PatchStep } from './steps.js';
import type { PatchTarget } from './target.js';
import { type PatchContext, parseElements, requiredStays } from './values.js';

/** `schemas` belongs to the protocol, not to a schema (RFC 7643 §3), so its name is all it has. */
export function isSchemas(attribute: Attribute, type: ResourceType): boolean {
  return attribute === type.attributes.get('schemas');
}

/**
 * Steps for an operation on `schemas`. The list follows from the data (RFC 7643 §3), so taking a
 * URN out drops the extension's attributes, and a URN that is added is there once it has some.
 * @throws ScimError mutability for removing the base schema; strictly, invalidValue for URNs that
 * the resource type does not have
 */
export function schemasSteps(
  target: Exclude<PatchTarget, { kind: 'extension' }>,
  op: 'add' | 'remove' | 'replace',
  value: Json | undefined,
  context: PatchContext,
): readonly PatchStep[] {
  const { type } = context;
  if (target.kind === 'elements') {
    if (op !== 'remove') throw invalidValue('URNs in "schemas" can be added and removed only.');
    return without((urn) => target.matches(urn), type);
  }
  const given = value ?? null;
  if (op === 'add') {
    readUrns(target.attribute, given, context);
    return [];
  }
  if (op === 'remove') {
    const listed = isArray(given) ? given.length > 0 : given !== null;
    if (!listed || !context.lenient) throw requiredStays(target.attribute);
    const urns = readUrns(target.attribute, given, context);
    return without((urn) => urns.has(urn.toLowerCase()), type);
  }
  const urns = readUrns(target.attribute, given, context);
  if (urns.size === 0) throw requiredStays(target.attribute);
  return without((urn) => !urns.has(urn.toLowerCase()), type);
}

function without(isRemoved: (urn: string) => boolean, type: ResourceType): readonly PatchStep[] {
  if (isRemoved(type.schema.id)) {
    throw mutability(`"${type.schema.id}" is the schema of every ${type.name} and must stay.`);
  }
  const dropped: readonly Schema[] = type.extensions
    .map(({ schema }) => schema)
    .filter((schema) => isRemoved(schema.id));
  return dropped.map((schema) => ({ kind: 'dropExtension', schema }));
}

/** Lower-case URNs. */
function readUrns(attribute: Attribute, value: Json, context: PatchContext): ReadonlySet<string> {
  const { type, lenient } = context;
  const urns = parseElements(attribute, value, context).map((urn) => String(urn).toLowerCase());
  const unknown = urns.find(
    (urn) => urn !== type.schema.id.toLowerCase() && !type.extensionByUrn.has(urn),
  );
  // Entra adds a URN of its own to groups.
  if (unknown !== undefined && !lenient) {
    throw invalidValue(`"${clip(unknown)}" is no schema of ${type.name}.`);
  }
  return new Set(urns);
}
