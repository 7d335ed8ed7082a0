import { noTarget } from '../errors.js';
import { equalJson, isObject, type Json } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import type { ElementList } from './element-list.js';
import { applyParts, orNothing } from './parts.js';
import { makesPrimary, primaryOf, twoPrimary } from './primary.js';
import type { AppendStep, DiscardStep, EditStep, ElementChange } from './steps.js';

/**
 * Carries out a step on a list.
 * @returns whether the list may be another one now
 * @throws ScimError noTarget, mutability or invalidValue
 */
export function changeElements(list: ElementList, step: AppendStep | DiscardStep | EditStep) {
  switch (step.kind) {
    case 'append':
      return append(list, step.attribute, step.elements);
    case 'discard':
      return discard(list, step);
    case 'edit':
      return edit(list, step);
  }
}

function append(list: ElementList, attribute: Attribute, elements: readonly Json[]): boolean {
  if (elements.length === 0) return false;
  makePrimary(list, attribute, list.append(elements));
  return true;
}

function discard(list: ElementList, { matches, lookups, values }: DiscardStep): boolean {
  const slots = values?.flatMap((value) => list.slotOf(value) ?? []) ?? list.slots(lookups);
  const gone = slots.filter((slot) => isAt(list, slot, matches));
  list.set(new Map(gone.map((slot) => [slot, undefined])));
  return gone.length > 0;
}

function edit(list: ElementList, step: EditStep): boolean {
  const { attribute, change, matches = () => true, missing, lookups } = step;
  const found = list.slots(lookups).filter((slot) => isAt(list, slot, matches));
  if (found.length > 0) {
    const claims = makesPrimary(attribute, change);
    if (claims && found.length > 1) throw twoPrimary(attribute);
    const changes = new Map<number, Json | undefined>();
    for (const slot of found) {
      const element = list.at(slot);
      if (element === undefined) continue;
      const changed = changeElement(element, change);
      if (!equalJson(changed, element)) changes.set(slot, changed);
    }
    const changed = list.set(changes);
    if (claims) makePrimary(list, attribute, changed);
    return changes.size > 0;
  }
  switch (missing.kind) {
    case 'ignore':
      return false;
    case 'create':
      return append(list, attribute, [missing.element]);
    case 'refuse':
      throw noTarget(`No element of ${attribute.path} is what the path asks for.`);
  }
}

/**
 * An element that became the primary one takes the flag from the others (RFC 7644 §3.5.2).
 * @param changed the slots of the elements that the request names
 * @throws ScimError invalidValue if the request makes two elements primary
 */
function makePrimary(list: ElementList, attribute: Attribute, changed: ReadonlySet<number>): void {
  const flag = primaryOf(attribute);
  if (flag === undefined) return;
  const isPrimary = [{ sub: flag, key: true }];
  const slots = list.slots(isPrimary);
  const [winner, second] = slots.filter((slot) => changed.has(slot));
  if (second !== undefined) throw twoPrimary(attribute);
  if (winner === undefined) return;
  const others = new Map<number, Json>();
  for (const slot of slots) {
    const element = list.at(slot);
    if (slot !== winner && isObject(element)) others.set(slot, { ...element, [flag.name]: false });
  }
  list.set(others);
}

function changeElement(element: Json, change: ElementChange): Json | undefined {
  switch (change.kind) {
    case 'replace':
      return change.value;
    case 'parts':
      return orNothing(applyParts(isObject(element) ? element : {}, change.parts));
  }
}

function isAt(list: ElementList, slot: number, matches: (element: Json) => boolean): boolean {
  const element = list.at(slot);
  return element !== undefined && matches(element);
}
