import { isArray, isObject, type Json, type JsonObject, type MutableJsonObject } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import type { SchemaRegistry } from '../schema/registry.js';
import type { ResourceType } from '../schema/resource-type.js';
import { resourceLocation } from './location.js';
import type { Selection } from './selection.js';

/** What varies from answer to answer. */
export interface RenderContext {
  /** Absolute SCIM base without a slash at the end; empty for relative URIs. */
  readonly base: string;
  /** Canonical paths the client sent, in the answer to a write. */
  readonly sent?: ReadonlySet<string>;
  /** Names of relations that the resource was read without: nothing is said of them. */
  readonly unread?: ReadonlySet<string>;
}

/** Makes what is shown of a kept value of resource `id`; undefined if nothing is left of it. */
export type Shape = (value: Json, context: RenderContext, id: Json | undefined) => Json | undefined;

/**
 * How the values of an attribute are shown under a selection.
 * @returns undefined if they are shown as they are kept
 */
export function shapeOf(
  type: ResourceType,
  attribute: Attribute,
  selection: Selection,
  registry: SchemaRegistry,
): Shape | undefined {
  if (attribute.type !== 'complex') return undefined;
  const parts = partsOf(attribute, selection);
  const link = linkOf(type, attribute, registry);
  const shown = link === undefined ? undefined : new Set(parts.map(({ sub }) => sub.name));
  const isWhole =
    parts.length === attribute.subAttributes.length && parts.every((part) => part.always);
  if (link === undefined && isWhole) return undefined;
  const shape: (element: Json, context: RenderContext) => Json | undefined =
    link === undefined || shown === undefined
      ? (element, context) => chosen(parts, element, context)
      : (element, context) => linked(link, shown, element, context);
  if (!attribute.multiValued) return shape;
  return (value, context) => {
    if (!isArray(value)) return shape(value, context);
    const elements: Json[] = [];
    for (const element of value) {
      const made = shape(element, context);
      if (made !== undefined) elements.push(made);
    }
    return elements.length === 0 ? undefined : elements;
  };
}

interface Part {
  readonly sub: Attribute;
  /** False if it is shown only where the client sent it. */
  readonly always: boolean;
}

function partsOf(attribute: Attribute, selection: Selection): readonly Part[] {
  return attribute.subAttributes.flatMap((sub) => {
    const presence = selection.sub(attribute, sub);
    return presence === 'no' ? [] : [{ sub, always: presence === 'yes' }];
  });
}

function chosen(parts: readonly Part[], element: Json, context: RenderContext): Json | undefined {
  if (!isObject(element)) return element;
  const made: MutableJsonObject = {};
  let empty = true;
  for (const { sub, always } of parts) {
    const value = element[sub.name];
    if (value === undefined || !(always || context.sent?.has(sub.path))) continue;
    made[sub.name] = value;
    empty = false;
  }
  return empty ? undefined : made;
}

/** How an element that refers to another resource gets its `$ref` and `type`. */
interface Link {
  /** Endpoint of the target, by the element's own `type` or one that follows from the schema. */
  endpoint(element: JsonObject): string | undefined;
  /** The `type` to show. */
  kind(element: JsonObject): Json | undefined;
}

function linkOf(
  type: ResourceType,
  attribute: Attribute,
  registry: SchemaRegistry,
): Link | undefined {
  const endpointOf = (name: Json | undefined): string | undefined =>
    typeof name === 'string' ? registry.typeByName.get(name)?.endpoint : undefined;
  const inverse = type.inverses.find((one) => one.attribute === attribute);
  if (inverse !== undefined) {
    const endpoint = endpointOf(inverse.type);
    // RFC 7643 §4.1.2: `direct` for a resource that is a member itself. Only those are computed.
    const labels = attribute.subByName.get('type')?.canonicalValues ?? [];
    const kind = labels.includes('direct') ? 'direct' : undefined;
    return { endpoint: () => endpoint, kind: () => kind };
  }
  const relation = type.relations.find((one) => one.attribute === attribute);
  if (relation === undefined && !type.references.includes(attribute)) return undefined;
  const targets = relation?.types ?? attribute.subByName.get('$ref')?.referenceTypes ?? [];
  const only = targets.length === 1 ? endpointOf(targets[0]) : undefined;
  return { endpoint: ({ type: name }) => endpointOf(name) ?? only, kind: ({ type: name }) => name };
}

/** `$ref` is never kept: it follows from the target's type and id (RFC 7643 §2.4). */
function linked(
  link: Link,
  shown: ReadonlySet<string>,
  element: Json,
  { base }: RenderContext,
): Json | undefined {
  if (!isObject(element)) return element;
  const made: MutableJsonObject = {};
  let empty = true;
  const add = (name: string, value: Json | undefined): void => {
    if (value === undefined || !shown.has(name)) return;
    made[name] = value;
    empty = false;
  };
  for (const name in element) {
    if (name !== '$ref' && name !== 'type') add(name, element[name]);
  }
  add('type', link.kind(element));
  const { value } = element;
  const endpoint = shown.has('$ref') ? link.endpoint(element) : undefined;
  if (endpoint !== undefined && typeof value === 'string') {
    add('$ref', resourceLocation(base, endpoint, value));
  }
  return empty ? undefined : made;
}
