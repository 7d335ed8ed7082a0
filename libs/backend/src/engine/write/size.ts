import { isArray, type Json, type ResourceType } from '#scim';
import type { Capabilities } from '../../capabilities.js';
import type { Draft } from '../../contract.js';
import { BackendError } from '../../errors.js';
import { expandable } from '../content.js';

/**
 * Refuses what is larger than the store says it keeps, by one rule for all stores. Relations do not
 * count: they are ids.
 * @throws BackendError `unsupported`, naming the attribute
 */
export function checkSize(
  { largestValue, largestResource }: Capabilities,
  type: ResourceType,
  draft: Draft,
): void {
  if (largestValue === Number.POSITIVE_INFINITY && largestResource === largestValue) return;
  const { schemas: _, meta: __, ...content } = draft;
  const attributes = Object.entries(content).filter(([name]) => !expandable(type).includes(name));
  for (const [name, value] of attributes) checkValues(name, value, largestValue);
  const size = Buffer.byteLength(JSON.stringify(Object.fromEntries(attributes)));
  if (size <= largestResource) return;
  const message = `The ${type.name} has ${size} bytes, and this data store keeps ${largestResource} at most.`;
  throw new BackendError('unsupported', message);
}

/** @param path that of the value, in the notation of filters */
function checkValues(path: string, value: Json | undefined, most: number, nested = false): void {
  if (typeof value === 'string') {
    const size = Buffer.byteLength(value);
    if (size <= most) return;
    const message = `${path} has ${size} bytes, and this data store keeps ${most} at most.`;
    throw new BackendError('unsupported', message, { path });
  }
  if (typeof value !== 'object' || value === null) return;
  if (isArray(value)) {
    for (const element of value) checkValues(path, element, most, nested);
    return;
  }
  // An extension stands at the top, under its URN.
  const separator = !nested && path.includes(':') ? ':' : '.';
  for (const [name, inner] of Object.entries(value)) {
    checkValues(path + separator + name, inner, most, true);
  }
}
