import { ExponentNumber } from './reader/exponent-number.js';

/** JSON as SCIM carries it. Values are never changed in place: whoever changes one makes a copy. */
export type Json = null | boolean | number | string | JsonArray | JsonObject;
export type JsonArray = readonly Json[];
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** The one mutable form, for code that is building a value and has not handed it out yet. */
export type MutableJsonObject = { [key: string]: Json | undefined };

/** True for an object that is neither null nor an array, nor a number in an object's clothes. */
export function isObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof ExponentNumber)
  );
}

/** Narrows to a readonly array; `Array.isArray` alone does not do that for readonly types. */
export function isArray(value: unknown): value is JsonArray {
  return Array.isArray(value);
}

/** Deep equality; the order of object members has no meaning, the order of array elements has. */
export function equalJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isArray(a)) {
    return isArray(b) && a.length === b.length && a.every((item, i) => equalJson(item, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a).filter((key) => a[key] !== undefined);
  const others = Object.keys(b).filter((key) => b[key] !== undefined);
  return keys.length === others.length && keys.every((key) => equalJson(a[key], b[key]));
}
