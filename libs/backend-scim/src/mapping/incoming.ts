import { contentVersion, parseContent, type Stored } from '#backend';
import {
  ContentError,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type MutableJsonObject,
  type ResourceType,
} from '#scim';
import { Outage } from '#upstream-http';
import type { UpstreamResource } from '../upstream/upstream.api.js';

const TAG = /^(?:W\/)?"[\x21\x23-\x7e]*"$/;

/**
 * A resource of the other server as it is handed out here: without places, which are made from ids,
 * and under a version of its own where the server gives it none.
 * @throws Outage for what is no resource of the type
 */
export function incoming(type: ResourceType, upstream: UpstreamResource): Stored {
  const content: MutableJsonObject = {};
  for (const [name, value] of Object.entries(upstream)) content[name] = withoutRefs(value);
  for (const { attribute } of type.inverses) {
    const value = content[attribute.name];
    if (isArray(value)) content[attribute.name] = value.filter(isDirect);
  }
  for (const { attribute } of type.relations) {
    const value = content[attribute.name];
    if (isArray(value)) content[attribute.name] = eachOnce(value);
  }
  const meta = isObject(upstream.meta) ? upstream.meta : {};
  try {
    const draft = parseContent(type, content, upstream.id, new Date(0));
    const version = versionIn(type, meta.version, draft);
    return { ...draft, meta: { ...draft.meta, version } } as Stored;
  } catch (cause) {
    if (!(cause instanceof ContentError)) throw cause;
    const message = `A ${type.name} is not what its schema says: ${cause.message}.`;
    throw new Outage(message, { perhapsDone: true, cause });
  }
}

/** Whether the other server gave the version itself, so that it can be its condition. */
export function ownVersion(upstream: UpstreamResource): string | undefined {
  const version = isObject(upstream.meta) ? upstream.meta.version : undefined;
  return typeof version === 'string' && version !== '' ? version : undefined;
}

function versionIn(type: ResourceType, stated: Json | undefined, draft: JsonObject): string {
  // A server may let its tag cover the groups that an answer shows, which are not a user's own.
  const computes = type.inverses.length > 0;
  if (!computes && typeof stated === 'string' && TAG.test(stated)) return stated;
  const apart = [...type.relations, ...type.inverses].map(({ attribute }) => attribute.name);
  const own = Object.entries(draft).filter(([name]) => !apart.includes(name));
  return contentVersion({ ...Object.fromEntries(own), ...(computes ? {} : { version: stated }) });
}

function withoutRefs(value: Json | undefined): Json | undefined {
  if (isArray(value)) return value.map((item) => withoutRefs(item) ?? null);
  if (!isObject(value)) return value;
  const { $ref: _, ...rest } = value;
  return Object.fromEntries(
    Object.entries(rest).map(([name, member]) => [name, withoutRefs(member)]),
  );
}

/** Some servers keep a member as often as it was added. */
function eachOnce(elements: readonly Json[]): readonly Json[] {
  const seen = new Set<Json | undefined>();
  return elements.filter((element) => {
    const value = isObject(element) ? element.value : undefined;
    return value === undefined || (!seen.has(value) && seen.add(value));
  });
}

/** Groups that a user is in through another group are not those that it is a member of. */
function isDirect(element: Json): boolean {
  return !isObject(element) || element.type !== 'indirect';
}
