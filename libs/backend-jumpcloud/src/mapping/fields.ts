import { randomUUID } from 'node:crypto';
import { isArray, isObject, type Json, type JsonObject } from '#scim';
import { LONGEST } from './details.js';

/** Native fields by name; the empty string, null and the empty list are "nothing". */
export type Fields = Readonly<Record<string, Json | undefined>>;

/** A text as a native field can hold it without changing it; the empty string if it cannot. */
export function clean(value: Json | undefined): string {
  if (typeof value !== 'string' || value.length > LONGEST || value.trim() !== value) return '';
  return hasControls(value) ? '' : value;
}

function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code === 127) return true;
  }
  return /\p{Surrogate}/u.test(text);
}

/** What a native field says, undefined for nothing. */
export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function objects(value: Json | undefined): readonly JsonObject[] {
  return isArray(value) ? value.filter(isObject) : [];
}

export function isNothing(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return isArray(value) && value.length === 0;
}

/** The reference writes these too. */
const PLACEHOLDER = /^noreply@[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i;

/** JumpCloud wants an address of each user, and none twice. */
export function placeholder(): string {
  return `noreply@${randomUUID()}`;
}

/** The address of a user, undefined where it only stands for none. */
export function addressOf(value: Json | undefined): string | undefined {
  const text = textOf(value);
  return text === undefined || PLACEHOLDER.test(text) ? undefined : text;
}

const ADDRESS = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/;

/** What JumpCloud takes for an e-mail address; others are kept beside it. */
export function isAddress(text: Json | undefined): text is string {
  return typeof text === 'string' && text.length <= LONGEST && ADDRESS.test(text);
}
