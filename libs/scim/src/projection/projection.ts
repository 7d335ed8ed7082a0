import { isObject, type Json, type JsonObject, type MutableJsonObject } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import type { SchemaRegistry } from '../schema/registry.js';
import type { ResourceType } from '../schema/resource-type.js';
import { type RenderContext, type Shape, shapeOf } from './element-shape.js';
import { resourceLocation } from './location.js';
import { type ProjectionParameters, type Selection, selectAttributes } from './selection.js';

/** What of a resource an answer shows; compiled once, applied to every resource of the answer. */
export interface Projection {
  readonly type: ResourceType;
  /** Relations and computed attributes it shows, to be expanded when resources are read. */
  readonly relations: readonly string[];
  /** The representation of a resource in its kept form; values are shared, nothing is changed. */
  apply(resource: JsonObject, context: RenderContext): JsonObject;
}

interface Step {
  readonly name: string;
  readonly path: string;
  readonly onlyIfSent: boolean;
  /** A relation without elements is shown as `[]`: clients look for it blindly, as in the reference. */
  readonly isRelation: boolean;
  readonly shape: Shape | undefined;
}

const defaults = new WeakMap<ResourceType, Projection>();

/**
 * Compiles `attributes` or `excludedAttributes` for a type (RFC 7644 §3.4.2.5, §3.9).
 * @throws ScimError invalidValue if both are given
 */
export function compileProjection(
  type: ResourceType,
  parameters: ProjectionParameters,
  registry: SchemaRegistry,
): Projection {
  const isDefault =
    parameters.attributes === undefined && parameters.excludedAttributes === undefined;
  const known = isDefault ? defaults.get(type) : undefined;
  if (known !== undefined) return known;
  const projection = compile(type, selectAttributes(type, parameters), registry);
  if (isDefault) defaults.set(type, projection);
  return projection;
}

/** What to expand (`ReadOptions.expand`) so that the projection can show it, and nothing more. */
export function neededRelations(projection: Projection): readonly string[] {
  return projection.relations;
}

function compile(type: ResourceType, selection: Selection, registry: SchemaRegistry): Projection {
  const steps = (attributes: Iterable<Attribute>): readonly Step[] =>
    [...attributes].flatMap((attribute) => {
      const presence = selection.attribute(attribute);
      if (presence === 'no') return [];
      const shape =
        attribute === type.attributes.get('meta')
          ? metaShape(type, attribute, selection)
          : shapeOf(type, attribute, selection, registry);
      const { name, path } = attribute;
      const isRelation = type.relations.some((relation) => relation.attribute === attribute);
      return [{ name, path, onlyIfSent: presence === 'if-sent', isRelation, shape }];
    });
  const top = steps(type.attributes.values());
  const extensions = type.extensions
    .map(({ schema }) => ({ urn: schema.id, steps: steps(schema.attributes) }))
    .filter((extension) => extension.steps.length > 0);
  const shown = new Set(top.map(({ name }) => name));
  const relations = [...type.relations, ...type.inverses]
    .map(({ attribute }) => attribute.name)
    .filter((name) => shown.has(name));

  return Object.freeze({
    type,
    relations: Object.freeze(relations),
    apply: (resource: JsonObject, context: RenderContext): JsonObject => {
      // `meta.location` follows from the id, also where the answer does not show the id.
      const made: MutableJsonObject = {};
      take(top, resource, made, context, resource.id);
      for (const { urn, steps: wanted } of extensions) {
        const kept = resource[urn];
        if (!isObject(kept)) continue;
        const members: MutableJsonObject = {};
        if (take(wanted, kept, members, context, undefined)) made[urn] = members;
      }
      return made;
    },
  });
}

/** @returns whether anything was taken */
function take(
  steps: readonly Step[],
  from: JsonObject,
  into: MutableJsonObject,
  context: RenderContext,
  id: Json | undefined,
): boolean {
  let any = false;
  for (const { name, path, onlyIfSent, isRelation, shape } of steps) {
    const value = from[name];
    const isAbsent = value === undefined || value === null;
    if (isAbsent && (!isRelation || context.unread?.has(name))) continue;
    if (onlyIfSent && context.sent?.has(path) !== true) continue;
    if (isAbsent) {
      into[name] = [];
      any = true;
      continue;
    }
    const shown = shape === undefined ? value : shape(value, context, id);
    if (shown === undefined) continue;
    into[name] = shown;
    any = true;
  }
  return any;
}

/** RFC 7643 §3.1: `location` is the service's own word, never what is kept. */
function metaShape(type: ResourceType, meta: Attribute, selection: Selection): Shape {
  const shown = meta.subAttributes
    .filter((sub) => selection.sub(meta, sub) === 'yes')
    .map((sub) => sub.name);
  return (value, { base }, id) => {
    if (!isObject(value)) return undefined;
    const made: MutableJsonObject = {};
    for (const name of shown) {
      const member =
        name === 'location' ? resourceLocation(base, type.endpoint, String(id)) : value[name];
      if (member !== undefined && member !== null) made[name] = member;
    }
    return Object.keys(made).length === 0 ? undefined : made;
  };
}
