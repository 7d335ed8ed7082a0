import { hash } from 'node:crypto';
import { isArray, isObject, type Json, type JsonObject } from '#scim';

/**
 * The version is a pure function of what is stored, so it survives restarts and changes with edits
 * by hand. Relations enter as an order-independent sum of one hash per element, which a change of
 * one member updates without looking at the others.
 */
export function versionOf(scalars: JsonObject, sums: ReadonlyMap<string, bigint>): string {
  const relations = [...sums]
    .filter(([, sum]) => sum !== 0n)
    .map(([name, sum]) => `${name}=${sum.toString(16)}`)
    .sort();
  const digest = hash('sha1', [canonical(scalars), ...relations].join('\n'), 'base64url');
  return `W/"${digest}"`;
}

/** What an element adds to the sum of its relation, modulo 2^64. */
export function elementHash(value: string, extra: JsonObject | undefined): bigint {
  const text = extra === undefined ? value : `${value}\n${canonical(extra)}`;
  return BigInt(`0x${hash('sha1', text, 'hex').slice(0, 16)}`);
}

export function addHash(sum: bigint, element: bigint): bigint {
  return BigInt.asUintN(64, sum + element);
}

export function subtractHash(sum: bigint, element: bigint): bigint {
  return BigInt.asUintN(64, sum - element);
}

/** JSON with sorted member names, so that equal content is equal text. */
function canonical(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  let text = '';
  if (isArray(value)) {
    for (const element of value) text += `${canonical(element)},`;
    return `[${text}]`;
  }
  if (!isObject(value)) return '';
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) text += `${JSON.stringify(key)}:${canonical(member)},`;
  }
  return `{${text}}`;
}
