import { elementsOf, keptElements, type RelationElement } from '#backend';
import {
  type Attribute,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type MutableJsonObject,
  type ResourceType,
} from '#scim';

/** The id in the target of a resource of one of these types; undefined: it has none (yet). */
export type FindId = (types: readonly string[], id: string) => string | undefined;

/**
 * References to other resources (`manager`) by their ids in the target. One that is not known there
 * (yet) is left out.
 */
export function withReferences<T extends JsonObject>(
  type: ResourceType,
  resource: T,
  find: FindId,
): T {
  let result: T = resource;
  for (const attribute of type.references) {
    const holder = attribute.extension === undefined ? result : result[attribute.extension];
    if (!isObject(holder) || holder[attribute.name] === undefined) continue;
    const value = translated(holder[attribute.name] ?? null, typesOf(attribute), find);
    const changed: MutableJsonObject = { ...holder };
    if (value === undefined) delete changed[attribute.name];
    else changed[attribute.name] = value;
    result = (
      attribute.extension === undefined ? changed : { ...result, [attribute.extension]: changed }
    ) as T;
  }
  return result;
}

/** An element of a relation, as the source has it and as the target gets it. */
export interface Translated {
  readonly own: RelationElement;
  /** Undefined: what it names has no id in the target. */
  readonly element: RelationElement | undefined;
}

/** Elements of a relation by their ids in the target. */
export function translateElements(
  value: Json | undefined,
  types: readonly string[],
  find: FindId,
): readonly Translated[] {
  return keptElements(value).map((own) => {
    const id = find(types, own.value);
    return { own, element: id === undefined ? undefined : { ...own, value: id } };
  });
}

/** The same with every id as the target says it, as far as known: to be compared with its own. */
export function translatedWhole<T extends JsonObject>(
  type: ResourceType,
  resource: T,
  find: FindId,
): T {
  const result: MutableJsonObject = { ...withReferences(type, resource, find) };
  for (const { attribute, types } of type.relations) {
    if (result[attribute.name] === undefined) continue;
    result[attribute.name] = elementsOf(result[attribute.name]).map((element) => ({
      ...element,
      value: find(types, element.value) ?? element.value,
    }));
  }
  return result as T;
}

function translated(value: Json, types: readonly string[], find: FindId): Json | undefined {
  if (isArray(value)) {
    const values = value.flatMap((one) => translated(one, types, find) ?? []);
    return values.length === 0 ? undefined : values;
  }
  if (!isObject(value) || typeof value.value !== 'string') return value;
  const id = find(types, value.value);
  if (id === undefined) return undefined;
  // The address of the source's resource is none of the target's.
  const { $ref: _, ...rest } = value;
  return { ...rest, value: id };
}

function typesOf(attribute: Attribute): readonly string[] {
  return attribute.subByName.get('$ref')?.referenceTypes ?? [];
}
