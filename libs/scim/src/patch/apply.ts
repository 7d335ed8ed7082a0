import { noTarget, ScimError } from '../errors.js';
import {
  equalJson,
  isArray,
  isObject,
  type Json,
  type JsonArray,
  type JsonObject,
} from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import type { ResourceType, Schema } from '../schema/resource-type.js';
import { attributeValue } from '../schema/values.js';
import { immutableParts } from '../validation/immutable-parts.js';
import { checkRequired } from '../validation/required.js';
import { elementsOf, withoutRepeats } from './elements.js';
import type { PatchPlan } from './plan.js';
import { makesPrimary, twoPrimary, withOnePrimary } from './primary.js';
import { unchangeable, withAttribute, withExtension, withMember } from './state.js';
import type { AppendStep, EditStep, ElementChange, Part, PatchStep } from './steps.js';
import { isRelation } from './values.js';

/**
 * Applies a plan, one step after the other, each to what the one before has made
 * (RFC 7644 §3.5.2).
 * @param resource in its kept form, with the attributes in `plan.touches` loaded; never changed
 * @returns the changed resource in its kept form; the very same object if nothing changes
 * @throws ScimError noTarget, mutability or invalidValue; then nothing has happened
 */
export function applyPatch<T extends JsonObject>(plan: PatchPlan, resource: T): T {
  const { steps, type } = plan;
  const result = steps.reduce<JsonObject>((state, step) => apply(state, step, type), resource);
  if (equalJson(result, resource)) return resource;
  checkStillComplete(resource, result, type);
  return result as T;
}

/** What is missing already before the request is not the fault of the request. */
function checkStillComplete(before: JsonObject, after: JsonObject, type: ResourceType): void {
  try {
    checkRequired(after, type);
  } catch (error) {
    if (!(error instanceof ScimError) || !isComplete(before, type)) return;
    throw error;
  }
}

function isComplete(resource: JsonObject, type: ResourceType): boolean {
  try {
    checkRequired(resource, type);
    return true;
  } catch {
    return false;
  }
}

function apply(state: JsonObject, step: PatchStep, type: ResourceType): JsonObject {
  switch (step.kind) {
    case 'assign':
      return withAttribute(state, step.attribute, step.value, type);
    case 'clear':
      return withAttribute(state, step.attribute, undefined, type);
    case 'merge': {
      const before = attributeValue(state, step.attribute);
      const merged = applyParts(isObject(before) ? before : {}, step.parts);
      return withAttribute(state, step.attribute, orNothing(merged), type);
    }
    case 'append':
      return append(state, step, type);
    case 'discard': {
      const { attribute, matches } = step;
      const before = elementsOf(attributeValue(state, attribute));
      const kept = before.filter((item) => !matches(item));
      if (kept.length === before.length) return state;
      return withAttribute(state, attribute, orNothing(kept), type);
    }
    case 'edit':
      return edit(state, step, type);
    case 'dropExtension':
      return dropExtension(state, step.schema, type);
  }
}

function append(state: JsonObject, step: AppendStep, type: ResourceType): JsonObject {
  const { attribute, elements } = step;
  const before = elementsOf(attributeValue(state, attribute));
  return withElements(state, attribute, before, [...before, ...elements], true, type);
}

function edit(state: JsonObject, step: EditStep, type: ResourceType): JsonObject {
  const { attribute, change, missing } = step;
  const matches = step.matches ?? (() => true);
  const before = elementsOf(attributeValue(state, attribute));
  let found = 0;
  const after = before.flatMap((element) => {
    if (!matches(element)) return [element];
    found += 1;
    const changed = changeElement(element, change);
    if (changed === undefined) return [];
    return [equalJson(changed, element) ? element : changed];
  });
  if (found > 0) {
    const claims = makesPrimary(attribute, change);
    if (claims && found > 1) throw twoPrimary(attribute);
    return withElements(state, attribute, before, after, claims, type);
  }
  switch (missing.kind) {
    case 'ignore':
      return state;
    case 'create':
      return withElements(state, attribute, before, [...before, missing.element], true, type);
    case 'refuse':
      throw noTarget(`No element of ${attribute.path} is what the path asks for.`);
  }
}

/**
 * Sets a list after a change; `claims` says that the request makes one of its elements, which are
 * those that were not there before, the primary one.
 */
function withElements(
  state: JsonObject,
  attribute: Attribute,
  before: JsonArray,
  after: JsonArray,
  claims: boolean,
  type: ResourceType,
): JsonObject {
  if (after.length === before.length && after.every((element, i) => element === before[i])) {
    return state;
  }
  let list = withoutRepeats(attribute, after, isRelation(attribute, type));
  if (claims) {
    const known = new Set(before);
    list = withOnePrimary(attribute, list, new Set(list.filter((item) => !known.has(item))));
  }
  return withAttribute(state, attribute, orNothing(list), type);
}

function changeElement(element: Json, change: ElementChange): Json | undefined {
  switch (change.kind) {
    case 'replace':
      return change.value;
    case 'parts':
      return orNothing(applyParts(isObject(element) ? element : {}, change.parts));
  }
}

function applyParts(before: JsonObject, parts: readonly Part[]): JsonObject {
  return parts.reduce((members, part) => {
    const { sub } = part;
    const was = members[sub.name];
    const is = part.append ? appended(sub, was, part.value) : part.value;
    if (equalJson(was, is)) return members;
    if (sub.mutability === 'immutable' && was !== undefined) throw unchangeable(sub);
    return withMember(members, sub.name, is);
  }, before);
}

function appended(sub: Attribute, was: Json | undefined, values: Json | undefined) {
  return orNothing(withoutRepeats(sub, [...elementsOf(was), ...elementsOf(values)], false));
}

/** RFC 7643 §2.5: an empty list or object is no value. */
function orNothing(value: JsonArray | JsonObject): Json | undefined {
  const size = isArray(value) ? value.length : Object.keys(value).length;
  return size === 0 ? undefined : value;
}

/** readOnly attributes are the service's own and stay. */
function dropExtension(state: JsonObject, schema: Schema, type: ResourceType): JsonObject {
  const members = state[schema.id];
  if (!isObject(members)) return state;
  let rest: JsonObject = members;
  for (const attribute of schema.attributes) {
    if (attribute.mutability === 'readOnly' || members[attribute.name] === undefined) continue;
    if (attribute.mutability === 'immutable') throw unchangeable(attribute);
    const [part] = immutableParts(attribute, members[attribute.name]);
    if (part !== undefined) throw unchangeable(part.sub);
    rest = withMember(rest, attribute.name, undefined);
  }
  return withExtension(state, schema.id, rest, type);
}
