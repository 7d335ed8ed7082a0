import { type JsonObject, type Position, positionOf } from '#scim';
import type { Entry } from '../port/directory.js';
import type { Model } from './model.js';
import { timestampOf } from './timestamp.js';

/**
 * The order of lists, creation and then id (design law 6), as a text that a server can sort by. In
 * hexadecimal digits, since rules and collations fold letter case, blanks and punctuation, each in
 * its own way; digits sort as the octets do, and octets as the code points.
 */
export function orderKey({ created, id }: Pick<Position, 'created' | 'id'>): string {
  return Buffer.from(`${created}\0${id}`).toString('hex');
}

export function orderKeyOf(resource: JsonObject): string {
  return orderKey(positionOf(undefined, resource));
}

export function idOfOrderKey(key: string): string {
  const text = Buffer.from(key, 'hex').toString();
  return text.slice(text.indexOf('\0') + 1);
}

/** caseIgnoreOrderingMatch (RFC 4517 §4.2.12) */
export const ORDERING_RULE = '2.5.13.3';

/** The order key of an entry of which nothing but its time of creation and its id were read. */
export function entryOrder({ order }: Model, { attributes }: Entry, id: string): string {
  const own = order === undefined ? undefined : attributes.get(order)?.[0]?.toString();
  const made = timestampOf(attributes, 'createtimestamp') ?? EPOCH;
  return orderKey({
    created: own ?? positionOf(undefined, { meta: { created: made } }).created,
    id,
  });
}

/** Where nothing tells when it was. */
export const EPOCH = '1970-01-01T00:00:00Z';
