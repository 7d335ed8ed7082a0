import { ScimError } from '../errors.js';
import { equalJson, isObject, type Json, type JsonObject } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import type { ResourceType, Schema } from '../schema/resource-type.js';
import { attributeValue } from '../schema/values.js';
import { immutableParts } from '../validation/immutable-parts.js';
import { checkRequired } from '../validation/required.js';
import { changeElements } from './change-elements.js';
import { ElementList } from './element-list.js';
import { elementsOf } from './elements.js';
import { applyParts, orNothing } from './parts.js';
import type { PatchPlan } from './plan.js';
import { unchangeable, withAttribute, withExtension, withMember } from './state.js';
import type { PatchStep } from './steps.js';
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
  const application = new Application(resource, type);
  for (const step of steps) application.do(step);
  const result = application.result();
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

/**
 * Lists stay taken apart from one step to the next, so that what is the same is joined once and not
 * anew for each step; whatever else touches the attribute finds them put together again.
 */
class Application {
  private readonly lists = new Map<Attribute, ElementList>();
  private readonly changed = new Set<Attribute>();

  constructor(
    private state: JsonObject,
    private readonly type: ResourceType,
  ) {}

  /** The resource after all that was done. */
  result(): JsonObject {
    for (const attribute of [...this.changed]) this.put(attribute);
    return this.state;
  }

  do(step: PatchStep): void {
    switch (step.kind) {
      case 'append':
      case 'discard':
      case 'edit': {
        const { attribute } = step;
        const list = this.list(attribute);
        if (changeElements(list, step)) this.changed.add(attribute);
        // Whether the last element may go is known at once; so is whether anything may.
        if (list.size === 0 || attribute.mutability === 'immutable') this.put(attribute);
        return;
      }
      case 'assign':
        this.set(step.attribute, step.value);
        return;
      case 'clear':
        this.set(step.attribute, undefined);
        return;
      case 'merge': {
        const before = attributeValue(this.state, step.attribute);
        const merged = applyParts(isObject(before) ? before : {}, step.parts);
        this.set(step.attribute, orNothing(merged));
        return;
      }
      case 'dropExtension':
        this.state = dropExtension(this.result(), step.schema, this.type);
        this.lists.clear();
    }
  }

  private list(attribute: Attribute): ElementList {
    const known = this.lists.get(attribute);
    if (known !== undefined) return known;
    const elements = elementsOf(attributeValue(this.state, attribute));
    const list = new ElementList(attribute, elements, isRelation(attribute, this.type));
    this.lists.set(attribute, list);
    return list;
  }

  private put(attribute: Attribute): void {
    const list = this.lists.get(attribute);
    if (list === undefined || !this.changed.delete(attribute)) return;
    this.state = withAttribute(this.state, attribute, orNothing(list.elements()), this.type);
  }

  private set(attribute: Attribute, value: Json | undefined): void {
    this.put(attribute);
    this.lists.delete(attribute);
    this.state = withAttribute(this.state, attribute, value, this.type);
  }
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
