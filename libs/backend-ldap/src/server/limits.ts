import type { Attributes } from '../port/directory.js';
import type { Pool } from '../port/pool.js';

const MIB = 1 << 20;

/** What servers take in one message if nobody configured them, by a word of `vendorName`. */
const BY_VENDOR: readonly (readonly [RegExp, number])[] = [
  [/389|red ?hat/i, 2 * MIB],
  [/unboundid|ping/i, 20 * MIB],
];
const OPENLDAP = 16 * MIB - 1;
const ACTIVE_DIRECTORY = 10 * MIB;
const UNKNOWN = 2 * MIB;

/** Where servers keep what they were configured to take, for accounts that may read it. */
const CONFIGURED = ['olcsockbufmaxincomingauth', 'nsslapd-maxbersize'];

/** Octets that a message needs besides its values: names, numbers, and lengths. */
const BESIDES = 64 * 1024;
/** Octets of tag and length of a value. */
const AROUND = 6;

/**
 * Octets of values that one request may carry. A server breaks the connection where a message is
 * longer than it likes, so this is looked at before anything is sent.
 */
export async function largestWrite(pool: Pool, root: Attributes): Promise<number> {
  return Math.max(BESIDES, (await largestMessage(pool, root)) - BESIDES);
}

async function largestMessage(pool: Pool, root: Attributes): Promise<number> {
  const config = await pool.read('cn=config', CONFIGURED).catch(() => undefined);
  for (const name of CONFIGURED) {
    const size = Number(config?.attributes.get(name)?.[0]?.toString());
    if (size > 0) return size;
  }
  const vendor = String(root.get('vendorname')?.[0] ?? '');
  const known = BY_VENDOR.find(([word]) => word.test(vendor));
  if (known !== undefined) return known[1];
  if (root.has('rootdomainnamingcontext')) return ACTIVE_DIRECTORY;
  const classes = (root.get('objectclass') ?? []).map(String);
  return classes.some((name) => /^openldap/i.test(name)) ? OPENLDAP : UNKNOWN;
}

/** Octets that these values take in a message. */
export function sizeOf(lists: Iterable<readonly Buffer[]>): number {
  let size = 0;
  for (const values of lists) for (const value of values) size += value.length + AROUND;
  return size;
}
