import { isArray, isObject, type Json, type JsonObject } from '#scim';
import { Outage } from '#upstream-http';

/** A user as JumpCloud's API says it; what is not named here stays as it is. */
export interface NativeUser extends JsonObject {
  readonly _id: string;
}

/** A group as JumpCloud's API says it. */
export interface NativeGroup extends JsonObject {
  readonly id: string;
  readonly name: string;
}

export interface NativeKey {
  readonly id: string;
  /** The line of an authorized_keys file. */
  readonly text: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** How many there are in all. */
  readonly total: number;
}

const ID = /^[0-9a-f]{24}$/;

/** Whether JumpCloud could have given this id. */
export function isNativeId(text: string): boolean {
  return ID.test(text);
}

/** When an id was made: its first four bytes are seconds, as MongoDB makes them. */
export function timeOfId(id: string): string {
  return new Date(Number.parseInt(id.slice(0, 8), 16) * 1000).toISOString();
}

/** An answer that is not what the API describes says nothing: neither "empty" nor "not found". */
export function unexpected(what: string): Outage {
  return new Outage(`JumpCloud answered with something that is no ${what}.`, { perhapsDone: true });
}

/** @throws Outage for anything else */
export function nativeUser(body: unknown): NativeUser {
  const user = object(body, 'user');
  const id = user._id ?? user.id;
  if (typeof id !== 'string' || !isNativeId(id)) throw unexpected('user');
  return { ...user, _id: id };
}

/** @throws Outage for anything else */
export function nativeGroup(body: unknown): NativeGroup {
  const { id, name, ...group } = object(body, 'group');
  if (typeof id !== 'string' || typeof name !== 'string') throw unexpected('group');
  return { ...group, id, name };
}

/** @throws Outage for anything else */
export function nativeKey(body: unknown): NativeKey {
  const key = object(body, 'SSH key');
  const id = key._id ?? key.id;
  if (typeof id !== 'string' || typeof key.public_key !== 'string') throw unexpected('SSH key');
  return { id, text: key.public_key };
}

/** @throws Outage for anything else */
export function list(body: unknown, what: string): readonly Json[] {
  if (!isArray(body)) throw unexpected(what);
  return body;
}

/** @throws Outage for anything else */
export function object(body: unknown, what: string): JsonObject {
  if (!isObject(body)) throw unexpected(what);
  return body;
}

/** @throws Outage for anything else */
export function count(value: unknown, what: string): number {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw unexpected(what);
  return number;
}
