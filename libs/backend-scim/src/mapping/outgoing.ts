import { BackendError, type Draft } from '#backend';
import { isObject, type JsonObject, type MutableJsonObject, type ResourceType } from '#scim';
import type { UpstreamType } from '../upstream/features.js';

/** What the other server has no schema for, and what becomes of it. */
export interface UnknownAttributes {
  readonly policy: 'refuse' | 'drop';
  /** Told what was dropped. */
  readonly dropped: (type: ResourceType, names: readonly string[]) => void;
}

/**
 * A resource as it is sent: what the other server assigns itself is left out.
 * @throws BackendError `refused` naming attributes that the other server does not have
 */
export function outgoing(
  type: ResourceType,
  draft: Draft,
  upstream: UpstreamType,
  unknown: UnknownAttributes,
): JsonObject {
  const body: MutableJsonObject = {};
  const foreign: string[] = [];
  const computed = new Set(type.inverses.map(({ attribute }) => attribute.name));
  for (const [name, value] of Object.entries(draft)) {
    if (name === 'meta' || name === 'id' || computed.has(name)) continue;
    const kept = knownPart(name, value, upstream, foreign);
    if (kept !== undefined) body[name] = kept;
  }
  body.schemas = draft.schemas.filter(
    (urn) => urn === type.schema.id || (upstream.known?.has(urn.toLowerCase()) ?? true),
  );
  if (foreign.length === 0) return body;
  if (unknown.policy === 'refuse') throw notThere(foreign);
  unknown.dropped(type, foreign);
  return body;
}

function knownPart(
  name: string,
  value: JsonObject[string],
  { known }: UpstreamType,
  foreign: string[],
): JsonObject[string] {
  if (known === undefined || name === 'schemas') return value;
  const inside = known.get(name.toLowerCase());
  if (inside === undefined) {
    foreign.push(name);
    return undefined;
  }
  if (!name.includes(':') || !isObject(value)) return value;
  const members = Object.entries(value).filter(([member]) => {
    if (inside.has(member.toLowerCase())) return true;
    foreign.push(`${name}:${member}`);
    return false;
  });
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

function notThere(names: readonly string[]): BackendError {
  const message = `The upstream server has no ${names.join(', ')}; leave it out, or set FORWARD_SCIM_UNKNOWN=drop.`;
  return new BackendError('refused', message, { status: 400, scimType: 'invalidValue' });
}
