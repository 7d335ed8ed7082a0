import { invalidValue, ScimError } from '../errors.js';
import { isArray, isObject, type Json, type JsonArray, type JsonObject } from '../json.js';
import type { Attribute } from '../schema/attribute.js';
import { isRelationElement } from './delta.js';
import { elementsOf, valueKey } from './elements.js';
import type { PatchStep, WhenMissing } from './steps.js';
import { type ElementsTarget, noBrackets } from './target.js';
import { type FilterTerms, selectedValues, termsOf } from './terms.js';
import {
  asObject,
  isRelation,
  type PatchContext,
  parseElements,
  parsePart,
  parseParts,
  parseWhole,
  requiredStays,
  significantOf,
} from './values.js';

/** Steps for `mv[filter]` and `mv[filter].sub` with add or replace. */
export function changeElements(
  target: ElementsTarget,
  op: 'add' | 'replace',
  value: Json,
  context: PatchContext,
): readonly PatchStep[] {
  const { attribute, matches, lookups, sub } = target;
  if (!attribute.multiValued) throw noBrackets(attribute.path);
  const given = sub === undefined ? single(attribute, value) : value;
  if (given === null || (isArray(given) && given.length === 0)) {
    return op === 'add' ? [] : removeElements(target, context);
  }
  const terms = termsOf(target.filter);
  if (sub !== undefined) {
    const parts = parsePart(attribute, sub, given, op === 'add', context);
    const missing = whenMissing(target, { [sub.name]: given }, terms, op, context);
    return [
      { kind: 'edit', attribute, matches, lookups, change: { kind: 'parts', parts }, missing },
    ];
  }
  if (attribute.type !== 'complex') {
    const [element] = parseElements(attribute, given, context);
    const missing = { kind: 'refuse' } as const;
    if (element === undefined) return [];
    const change = { kind: 'replace', value: element } as const;
    return [{ kind: 'edit', attribute, matches, lookups, change, missing }];
  }
  const object = asObject(attribute, given, context.lenient);
  const missing = whenMissing(target, object, terms, op, context);
  if (op === 'add') {
    const parts = parseParts(attribute, object, true, context);
    return [
      { kind: 'edit', attribute, matches, lookups, change: { kind: 'parts', parts }, missing },
    ];
  }
  // What the filter demands stays unless the value says otherwise: an element without its `type`
  // would not be the one that was replaced.
  const [element] = parseElements(attribute, withTerms(object, terms), context);
  if (element === undefined) return removeElements(target, context);
  const change = { kind: 'replace', value: element } as const;
  return [{ kind: 'edit', attribute, matches, lookups, change, missing }];
}

/** Steps for removing `mv[filter]` or `mv[filter].sub`; nothing that matches is no error. */
export function removeElements(
  { attribute, filter, matches, lookups, sub }: ElementsTarget,
  context: PatchContext,
): readonly PatchStep[] {
  const missing = { kind: 'ignore' } as const;
  if (!attribute.multiValued && attribute.required) throw requiredStays(attribute);
  if (sub !== undefined) {
    if (sub.required) throw requiredStays(sub);
    const change = { kind: 'parts', parts: [{ sub, value: undefined, append: false }] } as const;
    return [{ kind: 'edit', attribute, matches, lookups, change, missing }];
  }
  const value = significantOf(attribute);
  const values =
    value !== undefined && isRelation(attribute, context.type)
      ? selectedValues(filter, value)
      : undefined;
  return [{ kind: 'discard', attribute, matches, lookups, values }];
}

/**
 * Steps for a remove that lists what to take out (`"path":"members","value":[{"value":"…"}]`), as
 * Entra sends it. By the text of RFC 7644 §3.5.2.2 it would empty the attribute, which nobody who
 * names elements can mean; so strict mode refuses it.
 */
export function removeListed(
  attribute: Attribute,
  value: Json,
  context: PatchContext,
): readonly PatchStep[] {
  if (!context.lenient) {
    throw invalidValue('"remove" takes no "value"; name the elements by a filter in the path.');
  }
  const listed = attribute.multiValued
    ? parseElements(attribute, value, context)
    : elementsOf(parseWhole(attribute, value, context));
  if (listed.length === 0) return attribute.multiValued ? [] : [{ kind: 'clear', attribute }];
  if (isRelation(attribute, context.type)) {
    const values = listed.filter(isRelationElement).map((element) => element.value);
    const wanted = new Set(values);
    const matches = (element: Json) => isRelationElement(element) && wanted.has(element.value);
    return [{ kind: 'discard', attribute, matches, lookups: undefined, values }];
  }
  const matches = coveredBy(attribute, listed);
  return [{ kind: 'discard', attribute, matches, lookups: undefined, values: undefined }];
}

/**
 * Whether an element has everything that one of the items names. Items that name the same
 * sub-attributes are told apart by one key: each element is looked up and not compared with all.
 */
function coveredBy(attribute: Attribute, items: JsonArray): (element: Json) => boolean {
  const shapes = new Map<string, { subs: readonly Attribute[]; keys: Set<string> }>();
  for (const item of items) {
    const subs = isObject(item)
      ? attribute.subAttributes.filter(({ name }) => item[name] !== undefined)
      : [];
    const names = isObject(item) ? subs.map(({ name }) => name).join() : SIMPLE;
    const shape = shapes.get(names) ?? { subs, keys: new Set<string>() };
    shapes.set(names, shape);
    shape.keys.add(keyOfParts(attribute, item, subs));
  }
  return (element) =>
    [...shapes].some(
      ([names, { subs, keys }]) =>
        isObject(element) === (names !== SIMPLE) && keys.has(keyOfParts(attribute, element, subs)),
    );
}

/** No list of names. */
const SIMPLE = ',';

function keyOfParts(attribute: Attribute, element: Json, subs: readonly Attribute[]): string {
  return isObject(element)
    ? JSON.stringify(subs.map((sub) => valueKey(sub, element[sub.name])))
    : valueKey(attribute, element);
}

/**
 * Entra adds `emails[type eq "work"].value` to users without such an element and expects it to be
 * made from the filter. A replace is to be refused (RFC 7644 §3.5.2.3, SHALL) unless switched on.
 */
function whenMissing(
  { attribute, matches }: ElementsTarget,
  given: JsonObject,
  terms: FilterTerms,
  op: 'add' | 'replace',
  context: PatchContext,
): WhenMissing {
  const allowed = op === 'add' ? context.lenient : context.createMissing;
  if (!allowed || !terms.complete) return { kind: 'refuse' };
  try {
    const [element] = parseElements(attribute, withTerms(given, terms), context);
    // E.g. a term about a readOnly sub-attribute, or one that the value contradicts.
    if (element === undefined || !matches(element)) return { kind: 'refuse' };
    return { kind: 'create', element };
  } catch (error) {
    if (error instanceof ScimError) return { kind: 'refuse' };
    throw error;
  }
}

function withTerms(given: JsonObject, { values }: FilterTerms): JsonObject {
  const named = new Set(Object.keys(given).map((key) => key.toLowerCase()));
  const terms = [...values]
    .filter(([sub]) => !named.has(sub.name.toLowerCase()))
    .map(([sub, value]) => [sub.name, value] as const);
  return { ...Object.fromEntries(terms), ...given };
}

/** Some clients wrap the one new element in an array. */
function single(attribute: Attribute, value: Json): Json {
  if (!isArray(value) || value.length === 0) return value;
  const [first = null, ...others] = value;
  if (others.length === 0) return first;
  throw invalidValue(`A filter in the path of ${attribute.path} takes one object as value.`);
}
